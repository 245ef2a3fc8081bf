//! Connects AWS and Kubernetes: the world that the engine works on, built from the command line.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, SystemTime};

use futures::FutureExt;
use futures::future::LocalBoxFuture;

use crate::aws::{
    AssumedCredentials, AwsConfig, AwsSettings, BaseCredentials, ConfigError, EksClient, EksWriter, IamClient,
    IamWriter,
};
use crate::cli::world::factor::{Factor, Sight};
use crate::engine::{
    AssumeRequest, CallError, CallErrorKind, CallResult, Connect, CredentialFacts, SecondFactor, TokenFacts, Writers,
};
use crate::k8s::{KubeCluster, KubeSettings, KubeWriter, TokenSource};
use crate::model::{CallerIdentity, ClusterDescription, Partition, Principal, PrincipalKind};
use crate::secrets::learn;
use crate::token::{Keys, Request, RoleStep, Token, TokenError, presign, sts_host};

/// A token older than this is signed again; it expires after 14 minutes.
const TOKEN_AGE: Duration = Duration::from_mins(10);
/// A token that expires sooner than this is signed again.
const TOKEN_MARGIN: Duration = Duration::from_secs(30);

/// The settings of the world.
#[derive(Clone, Debug)]
pub(crate) struct WorldSettings {
    /// AWS: profile, region, endpoint, timeouts.
    pub(crate) aws: AwsSettings,
    /// The connection to an API server.
    pub(crate) kube: KubeSettings,
    /// `--assume-role-arn`: signs EKS calls and the planner's own Kubernetes token, nothing else.
    pub(crate) assume_role: Option<AssumeRequest>,
}

/// The adapters, by scope.
#[derive(Debug)]
pub(crate) struct World {
    /// Signs the calls in the account.
    config: AwsConfig,
    /// The base credentials, which assume the role of a proof.
    base: AwsConfig,
    kube: KubeSettings,
    assumed: Option<AssumedCredentials>,
    factor: Factor,
}

/// An assumed role's credentials. `Debug` hides the secrets.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    keys: Keys,
}

impl Session {
    /// The credentials, for signing a token.
    pub(crate) const fn keys(&self) -> &Keys {
        &self.keys
    }
}

impl World {
    /// Reads the configuration; calls nothing.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub(crate) async fn open(settings: &WorldSettings) -> Result<Self, ConfigError> {
        let config = AwsConfig::load(&settings.aws).await?;
        let assumed = settings.assume_role.clone().map(|request| AssumedCredentials::new(config.sts(), request));
        Ok(Self { kube: settings.kube.clone(), assumed, ..Self::over(config) })
    }

    /// A world with the base credentials only.
    pub(crate) fn over(config: AwsConfig) -> Self {
        let (kube, factor) = (KubeSettings::default(), Factor::default());
        Self { base: config.clone(), config, kube, assumed: None, factor }
    }

    /// The world of an account in which a role's session signs every call. The role of `--assume-role-arn` is not used
    /// there.
    pub(crate) fn acting_as(&self, session: AssumedCredentials) -> Self {
        Self {
            config: self.config.acting_as(session),
            base: self.base.clone(),
            kube: self.kube.clone(),
            assumed: None,
            factor: self.factor.clone(),
        }
    }

    /// The same, with MFA.
    pub(crate) fn with_factor(self, factor: Factor) -> Self {
        Self { factor, ..self }
    }

    /// The configured region.
    pub(crate) fn region(&self) -> &str {
        self.config.region()
    }

    /// The AWS configuration.
    pub(crate) const fn config(&self) -> &AwsConfig {
        &self.config
    }

    fn signer(&self, session: Option<&Session>) -> Signer {
        match (session, &self.assumed) {
            (Some(session), _) => Signer::Session(session.keys.clone()),
            (None, Some(assumed)) => Signer::Assumed(assumed.clone()),
            (None, None) => Signer::Base(self.config.base().clone()),
        }
    }
}

impl Connect for World {
    type Iam = IamClient;
    type Eks = EksClient;
    type Cluster = KubeCluster;
    type Session = Session;

    async fn credentials(&self) -> CallResult<CredentialFacts> {
        let base = self.base.base();
        let keys = base.keys().await?;
        let (source, sign_in) = (base.source().to_owned(), base.sign_in().map(str::to_owned));
        Ok(CredentialFacts { source, access_key_id: keys.access_key_id, expires_at: keys.expires_at, sign_in })
    }

    fn clock_ahead(&self) -> Option<i64> {
        self.config.clock().ahead()
    }

    async fn sign(&self, cluster_id: &str, region: &str, session: Option<&Session>) -> CallResult<TokenFacts> {
        let partition = Partition::of_region(region);
        let hosts = self.config.hosts();
        let request = Request { cluster_id: cluster_id.to_owned(), region: region.to_owned(), partition, hosts };
        let tokens = Tokens { signer: self.signer(session), request, last: RefCell::new(None) };
        let token = tokens.fresh(SystemTime::now()).await?;
        Ok(TokenFacts { bytes: token.len(), host: sts_host(region, partition, hosts).unwrap_or_default() })
    }

    async fn caller(&self) -> CallResult<CallerIdentity> {
        // With a role in the account, everything there is planned for the role's session.
        let caller = self.config.sts().caller().await?;
        let signs_as = self.assumed.as_ref().and_then(|assumed| assumed.role_arn().parse().ok());
        Ok(CallerIdentity { signs_as, ..caller })
    }

    async fn regions(&self) -> CallResult<Vec<String>> {
        self.config.account().regions().await
    }

    async fn second_factor(&self, role: &RoleStep, region: &str) -> SecondFactor<Session> {
        let way = match self.factor.look(Some(role), Some(region)) {
            Sight::Kept(keys) => return SecondFactor { serial: None, kept: Some(Session { keys }) },
            Sight::Unclear => return SecondFactor { serial: role.mfa_serial.clone(), kept: None },
            Sight::Way(way) => way,
        };
        let kept = match (way.cache_key(), self.base.base().keys().await) {
            (None, Ok(base)) => self.factor.kept_behind(&way, &base.access_key_id),
            _ => None,
        };
        let serial = role.mfa_serial.as_deref().or(way.known_mfa_serial()).map(str::to_owned);
        SecondFactor { serial, kept: kept.map(|keys| Session { keys }) }
    }

    async fn mfa_code(&self, serial: &str) -> Result<String, String> {
        self.factor.code(serial).await
    }

    async fn assume(&self, request: &AssumeRequest) -> CallResult<Session> {
        let sts = self.base.sts();
        let answer = sts.assume(request).await;
        // A role may assume itself only if its trust allows it; if not, its existing session signs.
        if answer.as_ref().is_err_and(|error| error.is(CallErrorKind::AccessDenied)) {
            let keys = self.base.base().keys().await?;
            if keys.session_token.is_some()
                && sts.caller().await.is_ok_and(|caller| is_session_of(&caller.arn, &request.role_arn))
            {
                return Ok(Session { keys });
            }
        }
        Ok(Session { keys: answer? })
    }

    fn iam(&self) -> IamClient {
        self.config.iam()
    }

    fn eks(&self, region: &str) -> EksClient {
        self.config.eks(region, self.assumed.as_ref())
    }

    async fn cluster(&self, cluster: &ClusterDescription, session: Option<&Session>) -> CallResult<KubeCluster> {
        let request = Request {
            cluster_id: cluster.token_cluster_id.clone(),
            region: cluster.arn.region.clone(),
            partition: cluster.arn.partition,
            hosts: self.config.hosts(),
        };
        let tokens = Rc::new(Tokens { signer: self.signer(session), request, last: RefCell::new(None) });
        KubeCluster::connect(cluster, &self.kube, tokens)
    }
}

impl Writers for World {
    type IamWriter = IamWriter;
    type EksWriter = EksWriter;
    type ClusterWriter = KubeWriter;

    fn iam_writer(&self) -> IamWriter {
        IamWriter::over(self.iam())
    }

    fn eks_writer(&self, region: &str) -> EksWriter {
        EksWriter::over(self.eks(region))
    }

    fn cluster_writer(&self, api: &KubeCluster) -> KubeWriter {
        KubeWriter::over(api)
    }
}

/// Whether a caller is a session of a role: account and name are equal. A session's ARN does not include the path.
fn is_session_of(caller: &Principal, role_arn: &str) -> bool {
    let Ok(role) = role_arn.parse::<Principal>() else { return false };
    let is_both = |a: &str, b: &str| a.eq_ignore_ascii_case(b);
    matches!(caller.kind, PrincipalKind::AssumedRole(_))
        && role.kind == PrincipalKind::Role
        && (caller.partition, &caller.account) == (role.partition, &role.account)
        && is_both(&caller.name, &role.name)
}

/// Whose token it is.
enum Signer {
    Base(BaseCredentials),
    Assumed(AssumedCredentials),
    Session(Keys),
}

impl Signer {
    async fn keys(&self) -> CallResult<Keys> {
        match self {
            Self::Base(base) => base.keys().await,
            Self::Assumed(assumed) => assumed.keys().await,
            Self::Session(keys) => Ok(keys.clone()),
        }
    }
}

/// The tokens of one identity for one cluster, signed on demand.
struct Tokens {
    signer: Signer,
    request: Request,
    last: RefCell<Option<(SystemTime, Token)>>,
}

impl Tokens {
    async fn fresh(&self, now: SystemTime) -> CallResult<String> {
        let last = self.last.borrow().clone();
        if let Some((signed, token)) = last.filter(|(signed, token)| is_fresh(*signed, token.expires_at(), now)) {
            self.last.replace(Some((signed, token.clone())));
            return Ok(token.text().to_owned());
        }
        let keys = self.signer.keys().await?;
        let token = presign(&self.request, &keys, now).map_err(|error| self.failed(&error))?;
        let text = token.text().to_owned();
        learn(&text);
        self.last.replace(Some((now, token)));
        Ok(text)
    }

    fn failed(&self, error: &TokenError) -> CallError {
        let kind = match error {
            TokenError::Expired { .. } => CallErrorKind::ExpiredCredentials,
            _ => CallErrorKind::Invalid,
        };
        let cluster = format!("cluster {}", self.request.cluster_id);
        CallError::new("k8s:SignToken", cluster, kind, crate::transport::describe(error))
    }
}

impl TokenSource for Tokens {
    fn token(&self) -> LocalBoxFuture<'_, CallResult<String>> {
        self.fresh(SystemTime::now()).boxed_local()
    }
}

fn is_fresh(signed: SystemTime, ends: SystemTime, now: SystemTime) -> bool {
    // If the clock was set back, the token is from the future: it is signed again.
    now.duration_since(signed).is_ok_and(|age| age < TOKEN_AGE) && ends > now + TOKEN_MARGIN
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::Hosts;

    fn tokens(keys: Keys) -> Tokens {
        let request = Request {
            cluster_id: "dev".into(),
            region: "eu-west-1".into(),
            partition: Partition::Aws,
            hosts: Hosts::default(),
        };
        Tokens { signer: Signer::Session(keys), request, last: RefCell::new(None) }
    }

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000 + seconds)
    }

    #[tokio::test]
    async fn a_token_is_used_for_ten_minutes_and_then_signed_anew() {
        let tokens = tokens(Keys::new("AKIAEXAMPLE", "secret", None));
        let first = tokens.fresh(at(0)).await.unwrap();
        assert_eq!(tokens.fresh(at(599)).await.unwrap(), first);
        let second = tokens.fresh(at(600)).await.unwrap();
        assert_ne!(second, first);
        assert_ne!(tokens.fresh(at(0)).await.unwrap(), second, "a clock set back");
    }

    #[tokio::test]
    async fn a_token_leaves_in_no_text_whole_or_in_pieces() {
        let token = tokens(Keys::new("AKIAEXAMPLE", "secret", None)).fresh(at(7)).await.unwrap();
        for text in
            [token.as_str(), token.trim_start_matches("k8s-aws-v1."), &token[60..100], &token[token.len() - 40..]]
        {
            assert_eq!(crate::secrets::redact(&format!("you sent {text} here")), "you sent ** here");
        }
    }

    #[tokio::test]
    async fn a_token_ends_with_its_keys() {
        let tokens = tokens(Keys::new("ASIAEXAMPLE", "secret", None).ending(at(60)));
        let first = tokens.fresh(at(0)).await.unwrap();
        assert_eq!(tokens.fresh(at(29)).await.unwrap(), first);
        assert_ne!(tokens.fresh(at(31)).await.unwrap(), first);
        let error = tokens.fresh(at(61)).await.unwrap_err();
        assert_eq!(error.kind, CallErrorKind::ExpiredCredentials);
        assert!(error.to_string().starts_with("k8s:SignToken on cluster dev: "), "{error}");
    }
}
