//! `drawdown guide`: a few questions, and which way to sell fits their answers.

use crate::cli::advice::{
    Advice, Answers, Customers, DEFAULTS, FrontCosts, Model, NOT_IN_ARREARS, SELLERS_AS_OF, Units, Usage, advise, name,
};
use crate::cli::ask::{can_ask, choose, in_turn, label, spelling};
use crate::cli::context::Context;
use crate::cli::error::{Exit, Failure, Outcome};
use crate::render::{Column, Table, View};
use clap::Args;
use serde::Serialize;

/// Recommend a way to sell, from your answers to a few questions
///
/// Recommends prepaid balances, recurring fees or a hybrid of both, with the reasons, who else sells that way, and a
/// template to start from. Asks on a terminal; flags answer in advance.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  drawdown guide
  drawdown guide --front-costs no --usage unpredictable \\
      --customers developers --units custom
  drawdown guide --front-costs yes --usage mixed \\
      --customers enterprise --units fiat --format json")]
pub struct GuideArgs {
    /// Can you front what usage costs you?
    #[arg(long, value_name = "ANSWER")]
    pub front_costs: Option<FrontCosts>,
    /// How predictable is one customer's usage?
    #[arg(long, value_name = "ANSWER")]
    pub usage: Option<Usage>,
    /// What do your customers expect?
    #[arg(long, value_name = "ANSWER")]
    pub customers: Option<Customers>,
    /// What should balances be kept in?
    #[arg(long, value_name = "ANSWER")]
    pub units: Option<Units>,
}

#[derive(Serialize)]
struct Data {
    answers: Answers,
    name: &'static str,
    #[serde(flatten)]
    advice: Advice,
    sellers_as_of: &'static str,
    not_in_arrears: &'static str,
    start: String,
}

pub(super) fn run(args: &GuideArgs, context: &Context) -> Outcome {
    let answers = answers(args, context)?;
    let advice = advise(answers);
    let start = start(advice.model, answers.units);
    let name = name(advice.model);
    let data = Data { answers, name, advice, sellers_as_of: SELLERS_AS_OF, not_in_arrears: NOT_IN_ARREARS, start };
    context.out.data_with_rows("guide", &data, || view(&data), || row(&data))?;
    Ok(Exit::Done)
}

/// The answers that were given, and those that a person at the terminal gives now.
fn answers(args: &GuideArgs, context: &Context) -> Result<Answers, Failure> {
    let missing = missing(args);
    if !missing.is_empty() && !can_ask() {
        let failure = Failure::usage(format!("{} must be given: there is nobody to ask", missing.join(", ")));
        return Err(failure.with_help(
            "answer with --front-costs no|yes --usage predictable|mixed|unpredictable \
             --customers developers|enterprise --units fiat|custom",
        ));
    }
    if !missing.is_empty() {
        context.out.note("Arrow keys and Enter answer, Esc goes back.");
    }
    let mut state = (args, DEFAULTS);
    in_turn(
        &mut state,
        &[
            |(args, answers)| choose(args.front_costs.as_ref(), &mut answers.front_costs),
            |(args, answers)| choose(args.usage.as_ref(), &mut answers.usage),
            |(args, answers)| choose(args.customers.as_ref(), &mut answers.customers),
            |(args, answers)| choose(args.units.as_ref(), &mut answers.units),
        ],
    )?;
    Ok(state.1)
}

fn missing(args: &GuideArgs) -> Vec<&'static str> {
    let given = [
        ("--front-costs", args.front_costs.is_some()),
        ("--usage", args.usage.is_some()),
        ("--customers", args.customers.is_some()),
        ("--units", args.units.is_some()),
    ];
    given.into_iter().filter(|(_, given)| !given).map(|(flag, _)| flag).collect()
}

/// The command that begins a workspace for it.
fn start(model: Model, units: Units) -> String {
    let template = spelling(&model);
    match units {
        Units::Custom if model != Model::Subscription => {
            format!("drawdown init --template {template} --units custom")
        }
        _ => format!("drawdown init --template {template}"),
    }
}

fn view(data: &Data) -> View {
    let Answers { front_costs, usage, customers, units } = &data.answers;
    let reasons = &data.advice.reasons;
    let said = [
        ("costs", label(front_costs), reasons.front_costs),
        ("usage", label(usage), reasons.usage),
        ("customers", label(customers), reasons.customers),
        ("units", label(units), reasons.units),
    ];
    let mut reasons = Table::new(["about", "you say", "so"].map(Column::text).to_vec());
    for (about, answer, reason) in said {
        reasons.row(vec![about.to_owned(), answer, reason.to_owned()]);
    }
    let mut sellers = Table::new(["sold this way by", "what they sell"].map(Column::text).to_vec());
    for seller in data.advice.sellers {
        sellers.row(vec![seller.name.to_owned(), seller.sells.to_owned()]);
    }
    sellers.note(format!("as of {}", data.sellers_as_of));
    // A table, because its words are wrapped whole.
    let mut cautions = Table::new(vec![Column::text("watch out")]);
    for caution in data.advice.cautions.iter().chain([&data.not_in_arrears]) {
        cautions.row(vec![(*caution).to_owned()]);
    }
    let view = View::new().line(format!("Sell {}.", data.name)).line("").table(reasons).line("").table(sellers);
    view.line("").table(cautions).line("").line(format!("Start with: {}", data.start))
}

/// Everything that a spreadsheet has use for.
fn row(data: &Data) -> Table {
    let columns = ["front_costs", "usage", "customers", "units", "model", "start"];
    let mut table = Table::new(columns.map(Column::text).to_vec());
    let Answers { front_costs, usage, customers, units } = &data.answers;
    let answers = [spelling(front_costs), spelling(usage), spelling(customers), spelling(units)];
    table.row([&answers[..], &[spelling(&data.advice.model), data.start.clone()]].concat());
    table
}
