//! Proposes the cluster where none was named and a person is at the terminal: a single one is offered, several are
//! listed.

use crate::cli::args::SelectionArgs;
use crate::cli::pipeline::confirm::agreed;
use crate::cli::screen::ui::Ui;
use crate::cli::world::context::{Context, arguments};
use crate::cli::world::selected::open_selected;
use crate::engine::ClusterRef;
use crate::error::{Error, Result, shell_word};
use crate::secrets::learn_arguments;

/// How many clusters are listed.
const MOST: usize = 20;

/// The selection with the only cluster in reach, after a confirmation.
///
/// # Errors
/// No cluster, or several; the answer was no; the interruption.
pub(crate) async fn offered(context: &Context, ui: &Ui, args: &SelectionArgs) -> Result<SelectionArgs> {
    let all = SelectionArgs { all_clusters: true, ..args.clone() };
    ui.doing("looking for clusters");
    let opened = open_selected(context, &all).await;
    ui.calm();
    let opened = opened?;
    if let ([only], []) = (&opened.clusters[..], &opened.unlisted[..]) {
        agreed(ui, format!("No cluster was named, but {} is the only one. Use it?", only.label())).await?;
        return Ok(SelectionArgs { clusters: vec![only.name.clone()], ..args.clone() });
    }
    learn_arguments(arguments());
    for cluster in opened.clusters.iter().take(MOST) {
        ui.text(&format!("{}\n    {}", cluster.label(), command(ui, cluster)));
    }
    let more = opened.clusters.len().saturating_sub(MOST);
    if more > 0 {
        ui.text(&format!("… and {more} more"));
    }
    for (place, error) in &opened.unlisted {
        ui.warn(&format!("{place}: {error}"));
    }
    let error = Error::usage(format!("no cluster was named, and there are {}", opened.clusters.len()));
    Err(match opened.clusters.first() {
        Some(first) => error.hint(format!("name one of them: {}", command(ui, first))),
        None => error,
    })
}

/// The command as typed, with a cluster added.
fn command(ui: &Ui, cluster: &ClusterRef) -> String {
    let typed: Vec<String> = arguments().skip(1).map(|word| shell_word(&word).into_owned()).collect();
    ui.completed(&format!("eksaccess {} --cluster {}", typed.join(" "), shell_word(&cluster.name)))
}
