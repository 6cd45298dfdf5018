//! What a workspace is made from: by flags, by defaults, and by what a person at the terminal answers.

use super::args::InitArgs;
use super::place::Place;
use super::template::{CURRENCY, Source, Template, has_a_choice_of_units, source};
use crate::cli::advice::{Answers, DEFAULTS, Units, advise, name};
use crate::cli::ask::{Choice, Turn, agree, choose, declined, in_turn, label, select, word};
use crate::cli::context::Context;
use crate::cli::error::Failure;
use crate::cli::value::{code, currency, unit_code};
use clap::ValueEnum;

impl Choice for Template {
    const QUESTION: &'static str = "What do you start from?";
}

/// What a workspace is made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names {
    /// What it starts from.
    pub template: Template,
    /// What balances are kept in, where there are any.
    pub units: Units,
    /// The product's code.
    pub product: String,
    /// The currency of everything.
    pub currency: String,
    /// The code of the custom unit, where there is one.
    pub asset: String,
}

impl Names {
    /// What flags say, and defaults for the rest.
    ///
    /// # Errors
    /// When no template is named.
    pub fn given(args: &InitArgs) -> Result<Self, Failure> {
        let Some(template) = args.template else {
            let failure = Failure::usage("init needs --template here: without a terminal it can't ask");
            return Err(failure.with_help(
                "name one with --template prepaid|subscription|hybrid, or one of the catalogs that `drawdown init --help` \
                 lists; `drawdown guide` says which way to sell fits",
            ));
        };
        let units = units(args).unwrap_or(DEFAULTS.units);
        let source = source(template, units);
        let or = |given: &Option<String>, default: &str| given.clone().unwrap_or_else(|| default.to_owned());
        Ok(Self {
            template,
            units,
            product: or(&args.product, source.product),
            currency: or(&args.currency, CURRENCY),
            asset: or(&args.asset, source.offered_unit()),
        })
    }

    /// What flags say, and a person's answers for the rest.
    ///
    /// # Errors
    /// When the person goes away, or says no in the end.
    pub fn asked(args: &InitArgs, context: &Context, place: &Place) -> Result<Self, Failure> {
        context.out.note("Arrow keys and Enter answer, Esc goes back. Nothing is written before the last answer.");
        let template = args.template.unwrap_or(Template::Prepaid);
        let names = Self::given(&InitArgs { template: Some(template), ..args.clone() })?;
        let offered = names.source();
        let mut interview = Interview { args, context, place, answers: DEFAULTS, names, offered };
        in_turn(
            &mut interview,
            &[
                |i| i.unless_template(|i| choose(None, &mut i.answers.front_costs)),
                |i| i.unless_template(|i| choose(None, &mut i.answers.usage)),
                |i| i.unless_template(|i| choose(None, &mut i.answers.customers)),
                |i| i.unless_template(Interview::template),
                Interview::units,
                Interview::product,
                |i| word("Currency of prices and reports:", i.args.currency.as_ref(), &mut i.names.currency, currency),
                Interview::asset,
                Interview::confirm,
            ],
        )?;
        Ok(interview.names)
    }

    /// The catalog that it starts from.
    pub fn source(&self) -> &'static Source {
        source(self.template, self.units)
    }

    /// The catalog's text, with these names in it.
    pub fn text(&self) -> String {
        self.source().text(&self.product, &self.currency, &self.asset)
    }

    /// The code of the custom unit, where there is one.
    pub fn own_unit(&self) -> Option<&str> {
        self.source().unit.map(|_| self.asset.as_str())
    }
}

/// What flags say of units.
fn units(args: &InitArgs) -> Option<Units> {
    args.units.or_else(|| args.asset.is_some().then_some(Units::Custom))
}

/// The questions of `guide` and the names, as far as they have been answered.
struct Interview<'a> {
    args: &'a InitArgs,
    context: &'a Context,
    place: &'a Place,
    answers: Answers,
    names: Names,
    /// The template whose names were offered last.
    offered: &'static Source,
}

impl Interview<'_> {
    /// The guide's questions are for those who don't know yet what they want.
    fn unless_template(&mut self, ask: fn(&mut Self) -> Result<Turn, Failure>) -> Result<Turn, Failure> {
        if self.args.template.is_some() { Ok(Turn::Skipped) } else { ask(self) }
    }

    fn template(&mut self) -> Result<Turn, Failure> {
        let advice = advise(self.answers);
        self.context.out.note(&format!("Your answers speak for {}.", name(advice.model)));
        for caution in &advice.cautions {
            self.context.out.note(caution);
        }
        let templates = Template::value_variants();
        let labels: Vec<String> = templates.iter().map(label).collect();
        let default = templates.iter().position(|template| *template == advice.model.into()).unwrap_or_default();
        let Some(chosen) = select(Template::QUESTION, &labels, default)? else { return Ok(Turn::Back) };
        self.names.template = templates[chosen];
        Ok(Turn::Answered)
    }

    fn units(&mut self) -> Result<Turn, Failure> {
        if !has_a_choice_of_units(self.names.template) {
            return Ok(Turn::Skipped);
        }
        choose(units(self.args).as_ref(), &mut self.names.units)
    }

    fn product(&mut self) -> Result<Turn, Failure> {
        // Another choice of template has other codes to offer; what somebody typed stays.
        let offered = std::mem::replace(&mut self.offered, self.names.source());
        if self.names.product == offered.product {
            self.names.product = self.offered.product.to_owned();
        }
        if self.names.asset == offered.offered_unit() {
            self.names.asset = self.offered.offered_unit().to_owned();
        }
        word("Code of the product:", self.args.product.as_ref(), &mut self.names.product, code)
    }

    fn asset(&mut self) -> Result<Turn, Failure> {
        if self.names.own_unit().is_none() {
            return Ok(Turn::Skipped);
        }
        word("Code of the custom unit:", self.args.asset.as_ref(), &mut self.names.asset, unit_code)
    }

    fn confirm(&mut self) -> Result<Turn, Failure> {
        let catalog = self.place.catalog(&self.names.product);
        let question = format!("Write {} and {}?", catalog.display(), self.place.ledger.display());
        match agree(&question)? {
            None => Ok(Turn::Back),
            Some(true) => Ok(Turn::Answered),
            Some(false) => Err(declined()),
        }
    }
}
