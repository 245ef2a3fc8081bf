//! A change of an `aws-auth` manifest, in the stages of the pipeline: a file is replaced as a whole or stays as it is,
//! stdin is copied to stdout. The plan is on stderr; stdout has the outcome, or the manifest and nothing else.

use super::manifest::ManifestFile;
use super::run::Site;
use super::show;
use super::sights::Proven;
use crate::aws_auth::Opened;
use crate::cli::args::OutputFormat;
use crate::cli::pipeline::report::Report;
use crate::cli::screen::ui::Ui;
use crate::cli::world::context::Context;
use crate::error::{Error, Result, printable};
use crate::plan::{Action, Desired, Place, Plan, Planned, diff, plan_manifest};

/// The longest line of a file, in characters, that a plan shows.
const LONGEST_LINE: usize = 240;

/// A change of a manifest.
#[derive(Debug)]
pub(crate) struct InFile<'a> {
    /// The command line and the environment.
    pub(crate) context: &'a Context,
    /// The printer.
    pub(crate) ui: &'a Ui,
    /// The verb's name in reports.
    pub(crate) verb: &'static str,
    /// The file's name as given; `-` for stdin.
    pub(crate) name: &'a str,
    /// What is desired of it.
    pub(crate) desired: &'a Desired,
}

/// A manifest as read, and as planned.
#[derive(Debug)]
pub(crate) struct SeenFile {
    file: ManifestFile,
    then: String,
}

impl InFile<'_> {
    /// Plans the change of a file.
    ///
    /// # Errors
    /// The change can't be made, would lock out the caller, or has no file to be written to.
    pub(crate) fn planned(&self, file: ManifestFile) -> Result<(SeenFile, Plan)> {
        let manifest = file.manifest()?;
        let places = manifest.places();
        let place = Place::Manifest { file: file.shown(), places: &places };
        let Planned { mut plan, becomes, .. } = plan_manifest(self.desired, place, Opened::new(manifest.data()))?;
        let data = becomes.aws_auth.as_ref().unwrap_or(manifest.data());
        let then = manifest.with_data(data).map_err(|error| file.error(error))?;
        show_lines(&mut plan, &file.text, &then);
        if file.is_stream() && !self.context.global.dry_run && self.ui.format != OutputFormat::Text {
            return Err(Error::usage("stdout holds the manifest, so it can't hold JSON")
                .hint("add --dry-run, or name a file: --file FILE"));
        }
        Ok((SeenFile { file, then }, plan))
    }
}

impl Site for InFile<'_> {
    type Seen = SeenFile;

    fn context(&self) -> &Context {
        self.context
    }

    fn ui(&self) -> &Ui {
        self.ui
    }

    async fn look(&self) -> Result<(SeenFile, Plan)> {
        self.planned(ManifestFile::read(self.name).await?)
    }

    /// A file is not checked by an API server.
    async fn try_dry(&self, _: &SeenFile, _: &mut Plan) -> Result<Vec<(usize, Error)>> {
        Ok(Vec::new())
    }

    /// The result is on stdout if nothing is to be done, unless stdout has the manifest.
    fn show(&self, seen: &SeenFile, plan: &Plan) {
        let SeenFile { file, .. } = seen;
        if !plan.is_empty() || !plan.notes.is_empty() || file.is_stream() || self.context.global.dry_run {
            let heading = format!("{} plan: {}", self.verb, file.shown());
            self.ui.aside(&show::plan(&self.ui.on_stderr(), plan, &heading));
        }
    }

    fn report(&self, _: &SeenFile, plan: &Plan) -> Report {
        Report::of_file(self.verb, self.name, plan)
    }

    /// A manifest from stdin does not replace a file.
    fn asks(&self) -> bool {
        !ManifestFile::is_stream_named(self.name)
    }

    async fn carry_out(&self, seen: &SeenFile, plan: &Plan, _: &mut Report) -> Result<()> {
        let SeenFile { file, then } = seen;
        if file.is_stream() {
            self.ui.raw_out(then);
        } else if plan.is_empty() {
            self.ui.text("nothing to do");
        } else {
            file.replace(then).await?;
            self.ui.text(&format!("done: {}", printable(&file.name)));
        }
        Ok(())
    }

    /// A file gives no access to prove.
    async fn prove(&self, _: &SeenFile, _: &Plan, _: &mut Report) -> Result<Vec<Proven>> {
        Ok(Vec::new())
    }
}

/// Shows the file's own lines with their numbers; where a list is one long line, those of its text, which are easier to
/// read.
fn show_lines(plan: &mut Plan, old: &str, new: &str) {
    let lines = diff::unified(old, new);
    if lines.lines().any(|line| line.chars().count() > LONGEST_LINE) {
        return;
    }
    for step in &mut plan.steps {
        if let Action::WriteAwsAuth(write) = &mut step.action {
            (write.diff, write.is_of_file) = (lines.clone(), true);
        }
    }
}
