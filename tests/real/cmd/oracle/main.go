// Command oracle says what the aws-iam-authenticator makes of an aws-auth ConfigMap's data.
//
// It reads JSON lines {"data": {"mapRoles": "…"}, "arns": ["arn:aws:iam::…:role/…"]} on stdin and writes one JSON line for
// each: the mappings that ParseMap keeps, whether it reported an error, and for each ARN which mapping the map store
// would find ("roles", "users", with its index among the kept ones; several where Go's map order decides).
package main

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"strings"

	"github.com/sirupsen/logrus"
	"sigs.k8s.io/aws-iam-authenticator/pkg/config"
	"sigs.k8s.io/aws-iam-authenticator/pkg/mapper/configmap"
)

type question struct {
	Data map[string]string `json:"data"`
	ARNs []string          `json:"arns"`
}

type mapping struct {
	ARN      string   `json:"arn"`
	SSO      []string `json:"sso"`
	Username string   `json:"username"`
	Groups   []string `json:"groups"`
	UserID   string   `json:"userid"`
}

type found struct {
	Source string `json:"source"`
	Index  []int  `json:"index"`
}

type answer struct {
	Roles    []mapping `json:"roles"`
	Users    []mapping `json:"users"`
	Accounts []string  `json:"accounts"`
	Error    string    `json:"error"`
	Who      []found   `json:"who"`
}

func ask(q question) answer {
	users, roles, accounts, err := configmap.ParseMap(q.Data)
	a := answer{Roles: []mapping{}, Users: []mapping{}, Accounts: accounts, Who: []found{}}
	if err != nil {
		a.Error = err.Error()
	}
	for _, r := range roles {
		m := mapping{ARN: r.RoleARN, Username: r.Username, Groups: r.Groups, UserID: r.UserId}
		if r.SSO != nil {
			m.SSO = []string{r.SSO.PermissionSetName, r.SSO.AccountID, r.SSO.Partition}
		}
		a.Roles = append(a.Roles, m)
	}
	for _, u := range users {
		a.Users = append(a.Users, mapping{ARN: u.UserARN, Username: u.Username, Groups: u.Groups, UserID: u.UserId})
	}
	for _, arn := range q.ARNs {
		a.Who = append(a.Who, who(strings.ToLower(arn), roles, users))
	}
	return a
}

// who repeats what MapStore.saveMap, RoleMapping and UserMapping do with the exported parts.
func who(arn string, roles []config.RoleMapping, users []config.UserMapping) found {
	byKey := map[string]int{}
	for i := range roles {
		byKey[roles[i].Key()] = i
	}
	f := found{Index: []int{}}
	for i := range roles {
		if byKey[roles[i].Key()] == i && roles[i].Matches(arn) {
			f.Source = "mapRoles"
			f.Index = append(f.Index, i)
		}
	}
	if f.Source != "" {
		return f
	}
	byKey = map[string]int{}
	for i := range users {
		byKey[users[i].Key()] = i
	}
	for i := range users {
		if byKey[users[i].Key()] == i && users[i].Matches(arn) {
			f.Source = "mapUsers"
			f.Index = append(f.Index, i)
		}
	}
	return f
}

func main() {
	logrus.SetOutput(io.Discard)
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := bufio.NewWriter(os.Stdout)
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	for {
		line, err := in.ReadBytes('\n')
		if len(line) > 1 {
			var q question
			if err := json.Unmarshal(line, &q); err != nil {
				panic(err)
			}
			if err := encoder.Encode(ask(q)); err != nil {
				panic(err)
			}
			out.Flush()
		}
		if err != nil {
			return
		}
	}
}
