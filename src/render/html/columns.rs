//! Revenue and cost over time: a column of revenue for each period, with its cost as a line across it, and below it
//! the profit.

use super::amounts::{Amounts, Part, parts};
use super::markup::Markup;
use super::scale::{Scale, WIDTH, percent};
use crate::money::format_units;
use crate::report::overview::{Period, Periods};
use crate::report::profit::Figures;
use crate::time::Unit;

/// So many periods are drawn at most: the latest.
const MOST: usize = 62;
/// Labels below the chart at most, on a wide page and on a narrow one.
const LABELS: [usize; 2] = [12, 4];
/// Heights in pixels.
const REVENUE_HEIGHT: i128 = 220;
const PROFIT_HEIGHT: i128 = 96;

/// The chart, with what its marks mean.
pub(super) fn columns(m: &mut Markup, periods: &Periods, total: &Figures, amounts: &Amounts) {
    let left_out = periods.rows.len().saturating_sub(MOST);
    let rows = &periods.rows[left_out..];
    let figures = || rows.iter().map(|row| &row.figures);
    let sums = figures().flat_map(|f| [positive(f, total), negative(f, total), f.cost.count()]);
    let chart = Chart { unit: periods.unit, rows, total, amounts };
    let revenue = Plot::new(Scale::of(sums, amounts.one()), REVENUE_HEIGHT, amounts);
    let profit = Plot::new(Scale::of(figures().map(|f| f.profit().count()), amounts.one()), PROFIT_HEIGHT, amounts);
    m.raw("<figure class=\"columns\" style=\"--axis:").text(revenue.label_width().max(profit.label_width()));
    m.raw(";--slots:").text(rows.len()).raw("\">\n<figcaption>");
    legend(m, total, figures().any(|f| f.profit().is_negative()));
    m.raw("</figcaption>\n");
    chart.plot(m, "Revenue and cost", &revenue, |m, slot, figures| chart.revenue(m, &revenue, slot, figures));
    chart.plot(m, "Profit", &profit, |m, slot, figures| profit_column(m, &profit, slot, figures.profit().count()));
    m.raw("</figure>\n");
    if left_out > 0 {
        m.raw("<p class=\"note\">").text(left_out).raw(" earlier ").text(periods.unit.name());
        m.raw("s are not drawn.</p>\n");
    }
}

/// What is stacked above zero.
fn positive(figures: &Figures, total: &Figures) -> i128 {
    parts(total).map(|part| (part.of)(figures).count().max(0)).sum()
}

/// What is stacked below zero.
fn negative(figures: &Figures, total: &Figures) -> i128 {
    parts(total).map(|part| (part.of)(figures).count().min(0)).sum()
}

fn legend(m: &mut Markup, total: &Figures, losses: bool) {
    let key = |m: &mut Markup, class: &'static str, text: &str| {
        m.raw("<span class=\"key\"><svg class=\"")
            .raw(class)
            .raw("\" width=\"14\" height=\"12\" aria-hidden=\"true\">");
        m.raw("<rect width=\"14\" height=\"12\"/></svg> ").text(text).raw("</span>\n");
    };
    let several = parts(total).count() > 1;
    for Part { name, .. } in parts(total) {
        key(m, name, &if several { format!("Revenue: {name}") } else { "Revenue".to_owned() });
    }
    key(m, "cost", "Cost");
    key(m, "pos", "Profit");
    if losses {
        key(m, "neg", "Loss");
    }
}

/// A vertical axis of so many pixels.
pub(super) struct Plot<'a> {
    scale: Scale,
    height: i128,
    amounts: &'a Amounts<'a>,
}

impl<'a> Plot<'a> {
    /// That high, with labels in these amounts.
    pub fn new(scale: Scale, height: i128, amounts: &'a Amounts<'a>) -> Self {
        Self { scale, height, amounts }
    }

    /// How far below the top a value is, in tenths of a pixel.
    pub fn y(&self, value: i128) -> i128 {
        self.height * 10 - self.scale.at(value, self.height * 10)
    }

    fn label(&self, tick: i128) -> String {
        self.amounts.tick(tick, self.scale.largest())
    }

    /// Characters of the longest label.
    pub fn label_width(&self) -> usize {
        self.scale.ticks().map(|tick| self.label(tick).chars().count()).max().unwrap_or(0)
    }

    /// Lines across it, with their labels.
    pub fn axis(&self, m: &mut Markup) {
        for tick in self.scale.ticks() {
            let y = pixels(self.y(tick));
            m.raw(if tick == 0 { "<line class=\"zero" } else { "<line class=\"grid" });
            m.raw("\" x1=\"0\" x2=\"100%\" y1=\"").text(&y).raw("\" y2=\"").text(&y).raw("\"/><text x=\"-8\" y=\"");
            m.text(&y).raw("\" dy=\".32em\" text-anchor=\"end\">").text(self.label(tick)).raw("</text>\n");
        }
    }

    /// A rectangle between two values.
    fn rect(&self, m: &mut Markup, class: &'static str, slot: Slot, from: i128, to: i128) {
        let (top, bottom) = (self.y(from.max(to)), self.y(from.min(to)));
        let gap = slot.width() * 12 / 100;
        m.raw("<rect class=\"").raw(class).raw("\" x=\"").text(percent(slot.left() + gap)).raw("\" width=\"");
        m.text(percent(slot.width() - 2 * gap)).raw("\" y=\"").text(pixels(top)).raw("\" height=\"");
        m.text(pixels(bottom - top)).raw("\"/>");
    }
}

/// Tenths of a pixel as SVG reads them.
pub(super) fn pixels(tenths: i128) -> String {
    format_units(tenths, 1, 0)
}

/// One of so many places side by side.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slot {
    /// Which of them it is.
    pub index: i128,
    /// How many there are.
    pub count: i128,
}

impl Slot {
    /// Where it begins.
    pub fn left(self) -> i128 {
        self.index * WIDTH / self.count
    }

    /// How wide it is.
    pub fn width(self) -> i128 {
        WIDTH / self.count
    }
}

struct Chart<'a> {
    unit: Unit,
    rows: &'a [Period],
    total: &'a Figures,
    amounts: &'a Amounts<'a>,
}

impl Chart<'_> {
    /// One plot. Wherever one points at in a period, its figures are told.
    fn plot(&self, m: &mut Markup, what: &'static str, plot: &Plot, marks: impl Fn(&mut Markup, Slot, &Figures)) {
        m.raw("<p class=\"axis-title\">").raw(what).raw(" by ").raw(self.unit.name()).raw(", ");
        m.text(&self.amounts.currency.code).raw("</p>\n<svg class=\"plot\" role=\"img\" height=\"").text(plot.height);
        m.raw("\" aria-label=\"").raw(what).raw(" by ").raw(self.unit.name());
        m.raw(" as columns; the table below has the figures\">\n");
        plot.axis(m);
        let count = self.rows.len() as i128;
        for (row, index) in self.rows.iter().zip(0..) {
            let slot = Slot { index, count };
            m.raw("<g><title>").text(self.hint(row)).raw("</title><rect class=\"hit\" y=\"0\" height=\"100%\" x=\"");
            m.text(percent(slot.left())).raw("\" width=\"").text(percent(slot.width())).raw("\"/>");
            marks(m, slot, &row.figures);
            m.raw("</g>\n");
        }
        self.labels(m, plot);
        m.raw("</svg>\n");
    }

    fn hint(&self, row: &Period) -> String {
        let mut text = format!("{}: {}", row.name, self.amounts.sentence(&row.figures));
        if parts(self.total).count() > 1 {
            let part = |part: &Part| format!("{} {}", part.name, self.amounts.rounded((part.of)(&row.figures)));
            let parts: Vec<String> = parts(self.total).map(part).collect();
            text += &format!(" (revenue: {})", parts.join(", "));
        }
        text
    }

    /// Revenue stacked from zero, and the cost across it.
    fn revenue(&self, m: &mut Markup, plot: &Plot, slot: Slot, figures: &Figures) {
        let (mut above, mut below) = (0, 0);
        for part in parts(self.total) {
            let value = (part.of)(figures).count();
            let base = if value < 0 { &mut below } else { &mut above };
            if value != 0 {
                plot.rect(m, part.name, slot, *base, *base + value);
            }
            *base += value;
        }
        if !figures.cost.is_zero() {
            for class in ["halo", "cost"] {
                let y = pixels(plot.y(figures.cost.count()));
                m.raw("<line class=\"").raw(class).raw("\" x1=\"").text(percent(slot.left())).raw("\" x2=\"");
                m.text(percent(slot.left() + slot.width()))
                    .raw("\" y1=\"")
                    .text(&y)
                    .raw("\" y2=\"")
                    .text(&y)
                    .raw("\"/>");
            }
        }
    }

    /// The names of periods, as many as there is room for; more on a wide page than on a narrow one.
    fn labels(&self, m: &mut Markup, plot: &Plot) {
        let [wide, narrow] = LABELS.map(|most| self.rows.len().div_ceil(most).max(1));
        // Every label of a narrow page is one of a wide page too.
        let narrow = narrow.div_ceil(wide) * wide;
        for (index, row) in self.rows.iter().enumerate().step_by(wide) {
            let slot = Slot { index: index as i128, count: self.rows.len() as i128 };
            let class = if index % narrow == 0 { "<text" } else { "<text class=\"wide\"" };
            m.raw(class).raw(" text-anchor=\"middle\" x=\"").text(percent(slot.left() + slot.width() / 2));
            m.raw("\" y=\"").text(plot.height + 22).raw("\">").text(self.short(&row.name)).raw("</text>");
        }
    }

    /// A day without its year, which the page's head tells.
    fn short<'n>(&self, name: &'n str) -> &'n str {
        match self.unit {
            Unit::Day => name.split_once('-').map_or(name, |(_, day)| day),
            _ => name,
        }
    }
}

fn profit_column(m: &mut Markup, plot: &Plot, slot: Slot, profit: i128) {
    if profit != 0 {
        plot.rect(m, if profit < 0 { "neg" } else { "pos" }, slot, 0, profit);
    }
}
