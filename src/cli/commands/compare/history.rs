//! Which history is billed, and how: what `compare` and `solve` both take.

use crate::catalog::MadeId;
use crate::cli::candidates;
use crate::cli::commands::report::RefusedCost;
use crate::cli::context::Context;
use crate::cli::error::{BadCatalog, Failure};
use crate::cli::logs::{mapping, open_all};
use crate::cli::rejects::{Rejected, Rejects};
use crate::cli::terminal::Progress;
use crate::cli::value::{ProductRef, Renamed};
use crate::render::{counted, shell_word};
use crate::time::Instant;
use crate::usage::{Batch, LogReader};
use crate::wallet::{DeclineRate, Declines};
use crate::whatif::{Comparison, Funding, Options, Stage, Variant};
use clap::Args;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Events that are read at a time to count customers.
const COUNTED: usize = 16_384;

/// What rows are made by, beside customers and prices.
#[derive(Debug, Clone, Copy, Default)]
pub struct Keys<'a> {
    /// The keys that were asked for.
    pub by: &'a [String],
    /// Whether there are rows by model too.
    pub by_model: bool,
}

/// A history, and who pays for it.
#[derive(Debug, Args)]
pub struct HistoryArgs {
    /// The logs, or - for standard input [default: the ledger's own history]
    #[arg(value_name = "LOG", requires = "enroll")]
    pub logs: Vec<PathBuf>,
    /// Compare against this catalog [default: with LOG --catalog, else the ledger as it was billed]
    #[arg(long, value_name = "CATALOG")]
    pub base: Option<PathBuf>,
    /// Subscribe customers to this product at their first event.
    #[arg(long, value_name = "PRODUCT", requires = "logs", add = candidates::products())]
    pub enroll: Option<ProductRef>,
    /// A product that has another code in the other catalogs.
    #[arg(long = "move", value_name = "OLD=NEW")]
    pub moves: Vec<Renamed>,
    /// Read the logs with this mapping from the catalog.
    #[arg(long, value_name = "NAME", requires = "logs")]
    pub map: Option<String>,
    /// Sort the events by time first.
    #[arg(long, requires = "logs")]
    pub sort: bool,
    /// What is paid in when a wallet runs out: recorded (what the catalog's rules say), as-needed[=AMOUNT] (the rules without
    /// limits, or this amount as often as needed), or unlimited (exactly what is missing).
    #[arg(long, value_name = "HOW", default_value = "recorded")]
    pub funding: Funding,
    /// Whether events that were denied cost anything.
    #[arg(long, value_name = "WHICH", default_value = "avoided")]
    pub refused: RefusedCost,
    /// Switch everybody to the other terms at this time, as `subscription change` does [default: they hold from the start]
    #[arg(long, value_name = "TIME", value_parser = Instant::parse_argument)]
    pub since: Option<Instant>,
    /// Switch only those who subscribe after --since.
    #[arg(long, requires = "since")]
    pub only_new: bool,
    /// Decline this share of automatic payments, such as 5%. They are tried again after 1, 3 and 7 hours, and then given up.
    #[arg(long, value_name = "RATE")]
    pub decline: Option<DeclineRate>,
    /// The seed that decides which payments are declined.
    #[arg(long, value_name = "N", default_value_t = 1, requires = "decline")]
    pub seed: u64,
}

impl HistoryArgs {
    /// What others are compared with.
    pub fn base(&self, context: &Context) -> Result<Variant, Failure> {
        let path = self.base.as_deref().unwrap_or(&context.globals.catalog);
        variant("base".to_owned(), path, context)
    }

    /// Bills the logs under the base and the others, and compares what comes out; also what was passed over as they were
    /// read. `label` stands before the progress.
    pub(in crate::cli) fn bill(
        &self,
        (base, others): (Variant, Vec<Variant>),
        keys: Keys,
        label: &str,
        context: &Context,
    ) -> Result<(Comparison, Rejected), Failure> {
        let mapping = self.map.as_deref().map(|name| mapping(name, context)).transpose()?;
        let (sources, bytes) = open_all(&self.logs)?;
        let stage = Stage::new(base, others, self.options(keys)?)?;
        let mut rejects = Rejects::new(sources.iter().map(|source| source.name.clone()).collect(), None);
        let has_content_ids = mapping.as_ref().is_some_and(|mapping| mapping.id == Some(MadeId::Content));
        let vocabulary = stage.vocabulary();
        // Nothing is recorded, so what lies in the future does no harm.
        let reader = |sources| LogReader::new(sources, vocabulary.clone(), mapping.clone());
        let again = || {
            let (sources, bytes) = open_all(&self.logs).ok()?;
            // What has no size, such as a pipe, can be read only once.
            bytes.map(|_| reader(sources))
        };
        let progress = Progress::start(&context.globals, bytes).labelled(label);
        let mut on_recorded = |batch: &Batch, refusals| rejects.take_batch(batch, refusals);
        let on_read = |bytes, events| progress.update(bytes, events);
        let compared = stage.bill(reader(sources), (self.sort, has_content_ids), &again, &mut on_recorded, on_read);
        drop(progress);
        let rejected = rejects.finish()?;
        if rejected.count > 0 {
            return Err(refused(&rejected, context));
        }
        Ok((compared?, rejected))
    }

    /// Whether several passes over the logs can be made.
    pub fn can_be_read_again(&self) -> bool {
        // Standard input and pipes can't be. What is not there is told when it is opened.
        let is_pipe = |path: &PathBuf| path.metadata().is_ok_and(|meta| !meta.is_file() && !meta.is_dir());
        !self.logs.iter().any(|path| path == Path::new("-") || is_pipe(path))
    }

    /// How many customers the logs name. They are read for it.
    pub fn count_customers(&self, context: &Context) -> Result<u64, Failure> {
        let mapping = self.map.as_deref().map(|name| mapping(name, context)).transpose()?;
        let mut reader = LogReader::new(open_all(&self.logs)?.0, Arc::default(), mapping);
        let mut count = 0;
        while let Some(batch) = reader.next_batch(COUNTED)? {
            count += batch.new_customers.len() as u64;
        }
        Ok(count)
    }

    /// How logs are billed.
    fn options(&self, keys: Keys) -> Result<Options, Failure> {
        let no_log = || Failure::usage("name the log, and the product of its customers with --enroll");
        let enroll = self.enroll.as_ref().ok_or_else(no_log)?;
        Ok(Options { enroll: (enroll.code.clone(), enroll.version), ..self.of_ledger(keys)? })
    }

    /// How the ledger's own history is billed.
    pub fn of_ledger(&self, Keys { by, by_model }: Keys) -> Result<Options, Failure> {
        if self.decline.is_some() && self.funding == Funding::Unlimited {
            let failure =
                Failure::usage("with --funding unlimited nothing can be declined: everybody pays what is missing");
            return Err(failure.with_help("leave out --decline, or fund wallets by their rules: --funding recorded"));
        }
        for (place, Renamed { old, .. }) in self.moves.iter().enumerate() {
            if self.moves[..place].iter().any(|before| before.old == *old) {
                return Err(Failure::usage(format!("--move gives {old:?} two new codes"))
                    .with_help("a product has one code in all scenarios: --move OLD=NEW once for each"));
            }
        }
        Ok(Options {
            enroll: Default::default(),
            funding: self.funding.clone(),
            refused: self.refused.into(),
            by: by.to_vec(),
            by_model,
            moves: self.moves.iter().map(|moved| (moved.old.clone(), moved.new.clone())).collect(),
            since: self.since,
            only_new: self.only_new,
            declines: self.decline.map(|rate| Declines { rate, seed: self.seed }),
        })
    }
}

/// A catalog under its name. What is wrong with it is printed.
pub fn variant(name: String, path: &Path, context: &Context) -> Result<Variant, Failure> {
    let of_scenario = |bad: Box<BadCatalog>| Box::new(BadCatalog { scenario: Some(name.clone()), ..*bad });
    let named = |failure: Failure| Failure {
        message: format!("{name}: {}", failure.message),
        catalog: failure.catalog.map(of_scenario),
        help: failure.help.as_ref().map(|help| match failure.code {
            // The help is about the catalog of commands, which this one need not be.
            "bad_catalog" => {
                format!("`drawdown --catalog {} check` explains each", shell_word(&path.to_string_lossy()))
            }
            "io" => "a catalog is a TOML file, or a folder of them".to_owned(),
            _ => help.clone(),
        }),
        ..failure
    };
    let (catalog, _) = context.catalog_at(path, false).map_err(named)?;
    Ok(Variant { from: path.display().to_string(), name, catalog })
}

/// Some rows can't be billed, so that the whole log was not.
fn refused(rejected: &Rejected, context: &Context) -> Failure {
    rejected.show(context, "`drawdown replay --dry-run --rejects FILE` writes all of them");
    let rows = counted(rejected.count, "row");
    Failure::refused("rejected_rows", format!("{rows} can't be billed, so nothing was compared"))
        .with_help("fix the log first")
}
