//! `--set-current=NAME`: which of the written contexts becomes current.

use super::sights::Sight;
use crate::error::{Error, Result, shell_word};
use crate::model::nearest::nearest_names;
use crate::plan::KubeconfigWish;
use crate::plan::planner::make_current;

/// A context that may become current.
pub(crate) struct Candidate<'c> {
    /// Its name.
    pub(crate) context: &'c str,
    /// The name of its cluster.
    pub(crate) cluster: &'c str,
}

/// The candidate that a name means: by the context's own name, or by that of a cluster with one context.
///
/// # Errors
/// The name matches no context and no cluster, or several.
pub(crate) fn find(name: &str, candidates: &[Candidate<'_>]) -> Result<usize> {
    let by = |is: fn(&Candidate<'_>, &str) -> bool| -> Vec<usize> {
        (0..candidates.len()).filter(|at| is(&candidates[*at], name)).collect()
    };
    let contexts = by(|candidate, name| candidate.context == name);
    let clusters = by(|candidate, name| candidate.cluster == name);
    match (&contexts[..], &clusters[..]) {
        ([one], _) | ([], [one]) => Ok(*one),
        ([], []) => {
            let names =
                candidates.iter().flat_map(|candidate| [candidate.context.to_owned(), candidate.cluster.to_owned()]);
            let names: Vec<String> = names.collect();
            let near = nearest_names(name, &names);
            let error =
                Error::usage(format!("--set-current={name}: this run writes no context or cluster of that name"))
                    .because("nothing was changed");
            Err(match near.first() {
                Some(near) => error.hint(format!("did you mean --set-current={}?", shell_word(near))),
                None => error,
            })
        }
        (several, clusters) => {
            let several = if several.is_empty() { clusters } else { several };
            let names: Vec<_> = several.iter().map(|at| candidates[*at].context).collect();
            Err(Error::usage(format!("--set-current={name}: {} contexts have that name", several.len()))
                .because("nothing was changed")
                .hint(format!(
                    "name the context: --set-current={} (found: {})",
                    shell_word(names[0]),
                    names.join(", ")
                )))
        }
    }
}

/// Makes the named context current. Where its cluster could not be reached it is not written, and the current context
/// stays.
///
/// # Errors
/// As [`find`]; it can't be planned.
pub(crate) fn choose_current(wish: &KubeconfigWish, places: &mut [Sight]) -> Result<()> {
    let Some(name) = &wish.set_current else { return Ok(()) };
    let seen = places.iter().enumerate().filter_map(|(at, place)| {
        let (seen, planned) = place.good()?;
        let candidate =
            Candidate { context: planned.context.as_deref()?, cluster: &seen.cluster.as_ref()?.description.arn.name };
        Some((at, candidate))
    });
    let (at, candidates): (Vec<_>, Vec<_>) = seen.unzip();
    let is_failed = |place: &Sight| {
        let named = place.cluster.as_ref().filter(|_| place.failed().is_some());
        named.is_some_and(|c| c.name == *name || name.contains(&format!("@{}.{}.", c.name, c.region)))
    };
    let at = match find(name, &candidates) {
        Ok(found) => at[found],
        Err(_) if places.iter().any(is_failed) => return Ok(()),
        Err(error) => return Err(error),
    };
    let place = &mut places[at];
    if let Ok((seen, planned)) = &mut place.outcome {
        make_current(planned, wish, seen)?;
    }
    Ok(())
}
