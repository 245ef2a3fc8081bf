//! The request ids of a step at AWS and the API server: the adapters report them, and the step collects them. Steps run
//! concurrently on one thread, so each has a list of its own.

use std::cell::RefCell;
use std::rc::Rc;

/// The longest id that is recorded.
const LONGEST: usize = 128;

/// The request ids of one step, in order; readable while the step runs.
#[derive(Clone, Debug, Default)]
pub struct RequestIds(Rc<RefCell<Vec<String>>>);

tokio::task_local! {
    static CURRENT: RequestIds;
}

impl RequestIds {
    /// Runs a piece of work and collects the ids of all its answers.
    pub async fn collect<T>(&self, work: impl Future<Output = T>) -> T {
        CURRENT.scope(self.clone(), work).await
    }

    /// The ids so far.
    pub fn list(&self) -> Vec<String> {
        self.0.borrow().clone()
    }
}

/// Records the id of an answer, refusals included. Ignored outside a step.
pub fn answered(id: &str) {
    let printable = !id.is_empty() && id.len() <= LONGEST && id.bytes().all(|byte| byte.is_ascii_graphic());
    if printable {
        // Outside a step there is no list.
        let _ = CURRENT.try_with(|ids| ids.0.borrow_mut().push(id.to_owned()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(flavor = "current_thread")]
    async fn work_that_goes_on_together_has_lists_of_its_own() {
        let (a, b) = (RequestIds::default(), RequestIds::default());
        let work = |ids: &RequestIds, name: &'static str| {
            let ids = ids.clone();
            async move {
                ids.collect(async {
                    answered(&format!("{name}-1"));
                    tokio::task::yield_now().await;
                    answered(&format!("{name}-2"));
                })
                .await;
            }
        };
        futures::future::join(work(&a, "a"), work(&b, "b")).await;
        answered("nobody's");
        assert_eq!((a.list(), b.list()), (vec!["a-1".into(), "a-2".into()], vec!["b-1".into(), "b-2".into()]));
    }

    #[tokio::test(flavor = "current_thread")]
    async fn an_invalid_id_is_not_repeated() {
        let ids = RequestIds::default();
        ids.collect(async { ["", "a\u{1b}[2J", &"x".repeat(LONGEST + 1)].map(answered) }).await;
        assert_eq!(ids.list(), Vec::<String>::new());
    }
}
