//! `drawdown vendor import`: price lists that others keep become cost rules.

mod block;
mod changes;
mod choice;

use crate::catalog::edit::{Addition, Under};
use crate::catalog::{Catalog, UsagePrice};
use crate::cli::add::{FileFlag, Files, no_place, tables};
use crate::cli::context::Context;
use crate::cli::error::{Exit, Failure, Outcome};
use crate::cli::terminal;
use crate::pricelist::{Listed, PriceList, read, sha256};
use crate::render::{Column, Table, View, counted};
use block::{Block, LENGTH, Origin, is_of_import};
use changes::{Change, changes, rows, table};
use choice::Choice;
use clap::Args;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Write the prices of a price list into the catalog
///
/// The list is LiteLLM's model_prices_and_context_window.json or models.dev's api.json. Each provider becomes a vendor, with
/// cost rules for the tokens of events of the type "completion", by model. Importing again shows what has changed and asks,
/// unless --yes is given.
#[derive(Debug, Clone, Args)]
#[command(after_long_help = "\
The rules count input_tokens (what is billed in full, so without cached tokens), cached_tokens, cache_write_tokens and \
output_tokens. Where the list has no price for the cache, tokens cost there what other input costs. What costs more for long \
prompts goes by prompt_tokens, the length of the whole prompt. A model of which the list has no dated names stands for these \
too. Prices of batches and of other service levels, of reasoning, audio and images are left out.

Examples:
  drawdown vendor import prices.json
  drawdown vendor import prices.json --provider openai --provider anthropic
  drawdown vendor import prices.json --provider openai --model 'gpt-5*' --yes")]
pub struct ImportArgs {
    /// The price list, a JSON file.
    #[arg(value_name = "LIST")]
    pub list: PathBuf,
    /// Only models of this provider.
    #[arg(long, value_name = "PROVIDER")]
    pub provider: Vec<String>,
    /// Only models with this name, in which * stands for any text.
    #[arg(long, value_name = "PATTERN")]
    pub model: Vec<String>,
    /// The file of the catalog for new vendors
    #[command(flatten)]
    pub file: FileFlag,
}

#[derive(Serialize)]
struct Data {
    list: &'static str,
    sha256: String,
    vendors: Vec<Vendor>,
    changes: Vec<Change>,
    left_out: Vec<LeftOutModels>,
}

#[derive(Serialize)]
struct Vendor {
    code: String,
    models: usize,
    file: String,
}

#[derive(Serialize)]
struct LeftOutModels {
    why: &'static str,
    models: u64,
}

/// Larger files are no price lists.
const MOST_BYTES: u64 = 64 << 20;

pub(super) fn run(args: &ImportArgs, context: &Context) -> Outcome {
    let (list, sha256) = list(&args.list)?;
    let choice = Choice::new(&list, &args.provider, &args.model)?;
    let catalog = context.catalog()?;
    let files = Files::open(context)?;
    let date = terminal::now()?.date();
    let origin = Origin { list: list.format, date: &date, sha256: &sha256 };
    let mut written = Written::default();
    let all: Vec<&Listed> = choice.by_vendor.values().flatten().copied().collect();
    for (vendor, models) in &choice.by_vendor {
        written.take(vendor, models.len(), &Block::new(vendor, models, &all, origin), args, &catalog, &files)?;
    }
    finish(written, &choice, &list, sha256, &files, context)
}

/// Reads a list, and says its digest.
fn list(path: &Path) -> Result<(PriceList, String), Failure> {
    let failed = |error| Failure::io("read the price list", path, &error);
    let meta = fs::metadata(path).map_err(failed)?;
    if meta.len() > MOST_BYTES {
        let message = format!("{} has more than {} MiB: that is no price list", path.display(), MOST_BYTES >> 20);
        return Err(Failure::refused("list_too_large", message));
    }
    let bytes = fs::read(path).map_err(failed)?;
    let no_list = |why: String| {
        let failure = Failure::refused("no_price_list", format!("{} can't be read: {why}", path.display()));
        failure.with_help(
            "take model_prices_and_context_window.json of github.com/BerriAI/litellm, or models.dev/api.json",
        )
    };
    let text = std::str::from_utf8(&bytes).map_err(|_| no_list("it is not UTF-8 text".to_owned()))?;
    let list = read(text.trim_start_matches('\u{feff}')).map_err(|error| no_list(error.to_string()))?;
    Ok((list, sha256(&bytes)))
}

/// The catalog's new text, as far as it differs, and what is new about it.
#[derive(Default)]
struct Written {
    texts: BTreeMap<usize, String>,
    changes: Vec<Change>,
    vendors: Vec<Vendor>,
    /// Whether prices that were there before are replaced.
    replaces: bool,
}

impl Written {
    /// Puts the prices of a vendor where they belong.
    fn take(
        &mut self,
        vendor: &str,
        models: usize,
        new: &Block,
        args: &ImportArgs,
        catalog: &Catalog,
        files: &Files<'_>,
    ) -> Result<(), Failure> {
        let known = catalog.terms.vendors.iter().find(|known| known.code == vendor);
        let file = match known {
            Some(_) => files.holder("vendor", vendor)?,
            None => files.file(args.file.file.as_deref())?,
        };
        let text = self.texts.get(&file).map_or_else(|| files.text(file).to_owned(), Clone::clone);
        let old = Block::find(vendor, &text);
        refuse_two_rules(vendor, known.map_or(&[], |known| &known.costs), old.as_ref())?;
        let before = old.as_ref().map(Block::costs).unwrap_or_default();
        let after = new.costs();
        self.vendors.push(Vendor { code: vendor.to_owned(), models, file: files.name(file).to_owned() });
        let changes = changes(vendor, &before, &after);
        if changes.is_empty() {
            return Ok(());
        }
        self.changes.extend(changes);
        self.replaces |= old.is_some();
        let add = |under, tables: &str| {
            Addition::new(&text, under, tables).map_err(|error| no_place(&error, files.name(file)))
        };
        let text = match (old, known) {
            (Some(old), _) => old.replaced_by(new, &text),
            (None, Some(_)) => {
                add(Under::Entry { section: "vendor", code: vendor, key: "cost" }, &new.text)?.applied(&text)
            }
            (None, None) => {
                let tables = format!("{}\n{}", tables::named("vendor", vendor, vendor), new.text);
                add(Under::Root("vendor"), &tables)?.applied(&text)
            }
        };
        self.texts.insert(file, text);
        Ok(())
    }
}

/// Two rules for the same tokens would both count.
fn refuse_two_rules(vendor: &str, own: &[UsagePrice], imported: Option<&Block>) -> Result<(), Failure> {
    let same = own.iter().filter(|cost| is_of_import(cost)).count();
    if same <= imported.map_or(0, Block::rules) {
        return Ok(());
    }
    let message =
        format!("the vendor {vendor:?} has rules of its own for the tokens of completions, and both would count");
    Err(Failure::refused("two_rules", message).with_help("remove them, and import again"))
}

fn finish(
    written: Written,
    choice: &Choice<'_>,
    list: &PriceList,
    sha256: String,
    files: &Files<'_>,
    context: &Context,
) -> Outcome {
    let Written { texts, changes, vendors, replaces } = written;
    let warnings = files.check(&texts)?;
    let asked = replaces && !context.globals.yes;
    if asked {
        changes.iter().for_each(|change| context.out.note(&change.line()));
        context.confirm(&format!("Write {} into the catalog?", counted(changes.len(), "change")))?;
    }
    files.replace(&texts)?;
    let left_out =
        choice.left_out.iter().map(|(why, models)| LeftOutModels { why: why.why(), models: *models }).collect();
    let data = Data { list: list.format.name(), sha256, vendors, changes, left_out };
    context.out.data_with_rows("vendor import", &data, || data.view(replaces && !asked), || rows(&data.changes))?;
    say(&data, choice, warnings, context);
    Ok(Exit::Done)
}

/// What is worth knowing beside the changes.
fn say(data: &Data, choice: &Choice<'_>, warnings: usize, context: &Context) {
    let note = |text: String| context.out.note(&text);
    let left_out =
        data.left_out.iter().map(|LeftOutModels { why, models }| format!("{} {why}", counted(*models, "model")));
    if !data.left_out.is_empty() {
        note(format!("left out: {}", left_out.collect::<Vec<_>>().join("; ")));
    }
    let named = |models: &[&str]| {
        let first = models.iter().take(5).map(|model| format!("{model:?}")).collect::<Vec<_>>().join(", ");
        if models.len() > 5 { format!("{first} and {} more", models.len() - 5) } else { first }
    };
    if !choice.twice.is_empty() {
        let models = named(&choice.twice);
        context.out.warn(&format!(
            "the list has models by two names, with the provider's before it and without, and with different prices: {models}; \
             the prices of the names without it are taken"
        ));
    }
    if !choice.without_output.is_empty() {
        let models = named(&choice.without_output);
        context.out.warn(&format!("the list has no price for the output of {models}, so it costs nothing"));
    }
    if choice.longer > 0 {
        note(format!(
            "some models ({}) cost more for long prompts; events say the length of the whole prompt as {LENGTH}",
            choice.longer
        ));
    }
    if data.changes.is_empty() {
        note("nothing changed".to_owned());
        return;
    }
    if warnings > 0 {
        note(format!("the catalog has {}; `drawdown check` shows them", counted(warnings, "warning")));
    }
    note("`drawdown plan` shows what this changes; `drawdown apply` brings it into force".to_owned());
}

impl Data {
    /// The vendors; the changes only of prices that were there before.
    fn view(&self, with_changes: bool) -> View {
        let columns = vec![Column::text("vendor"), Column::number("models"), Column::text("file")];
        let mut vendors = Table::new(columns);
        for Vendor { code, models, file } in &self.vendors {
            vendors.row(vec![code.clone(), models.to_string(), file.clone()]);
        }
        let view = View::new().table(vendors);
        if with_changes { view.line("").table(table(&self.changes)) } else { view }
    }
}
