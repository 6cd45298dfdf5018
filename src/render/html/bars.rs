//! Who earns and who loses: one line for each row, with its profit and its margin as bars from zero.

use super::amounts::{Amounts, count, margin};
use super::markup::Markup;
use super::name::{Place, name};
use super::scale::{Scale, WIDTH, percent};
use crate::money::Share;
use crate::report::profit::{Figures, ProfitReport, Row};

/// So many rows are drawn of each end when there are more than twice as many.
const ENDS: usize = 10;
/// Margins beyond this, in tenths of a percent, have their bars cut.
const MOST_MARGIN: i128 = 1000;

/// The chart of a report, worst profit first. Of many rows it shows both ends.
pub(super) fn bars(m: &mut Markup, report: &ProfitReport, amounts: &Amounts) {
    let mut rows: Vec<&Row<Figures>> = report.rows.iter().collect();
    rows.sort_by_key(|row| row.figures.profit());
    let left_out = rows.len().saturating_sub(2 * ENDS);
    let groups = if left_out > 0 {
        let best = rows.iter().rev().take(ENDS).copied().collect();
        vec![(Some("Lowest profit"), rows[..ENDS].to_vec()), (Some("Highest profit"), best)]
    } else {
        vec![(None, rows)]
    };
    let drawn = groups.iter().flat_map(|(_, rows)| rows);
    let chart = Chart {
        amounts,
        by: &report.by,
        profits: Scale::of(drawn.map(|row| row.figures.profit().count()), amounts.one()),
        margins: Scale::fixed(-MOST_MARGIN, MOST_MARGIN, MOST_MARGIN),
    };
    for (title, rows) in &groups {
        chart.group(m, *title, rows);
    }
    if left_out > 0 {
        m.raw("<p class=\"note\">").text(count(left_out)).raw(" more lie between these and are not drawn.</p>\n");
    }
}

struct Chart<'a> {
    amounts: &'a Amounts<'a>,
    by: &'a [String],
    profits: Scale,
    margins: Scale,
}

impl Chart<'_> {
    fn group(&self, m: &mut Markup, title: Option<&'static str>, rows: &[&Row<Figures>]) {
        let widest = rows.iter().map(|row| self.amounts.rounded(row.figures.profit()).chars().count()).max();
        m.raw("<figure class=\"bars\" style=\"--value:").text(widest.unwrap_or(0)).raw("\">\n");
        if let Some(title) = title {
            m.raw("<figcaption>").raw(title).raw("</figcaption>\n");
        }
        m.raw("<div class=\"bar-row axis\" aria-hidden=\"true\"><span class=\"name\"></span>");
        m.raw("<span class=\"value\">Profit, ").text(&self.amounts.currency.code).raw("</span>");
        let largest = self.profits.largest();
        axis(m, &self.profits, "bar", &|tick| self.amounts.tick(tick, largest));
        m.raw("<span class=\"margin\">Margin</span>");
        axis(m, &self.margins, "bar second", &|tick| count(tick / 10) + "%");
        m.raw("</div>\n<ul>\n");
        for row in rows {
            self.row(m, row);
        }
        m.raw("</ul>\n</figure>\n");
    }

    fn row(&self, m: &mut Markup, row: &Row<Figures>) {
        let figures = &row.figures;
        m.raw("<li class=\"bar-row\" title=\"");
        name(m, Place::Hint, self.by, &row.keys);
        m.raw(": ").text(self.amounts.sentence(figures)).raw("\"><span class=\"name\">");
        name(m, Place::Element, self.by, &row.keys);
        let loss = if figures.profit().is_negative() { " loss" } else { "" };
        m.raw("</span><span class=\"value").raw(loss).raw("\">").text(self.amounts.rounded(figures.profit()));
        m.raw("</span>");
        bar(m, &self.profits, figures.profit().count(), "bar");
        m.raw("<span class=\"margin").raw(loss).raw("\">").text(margin(figures)).raw("</span>");
        bar(m, &self.margins, figures.margin().map_or(0, Share::thousandths), "bar second");
        m.raw("</li>\n");
    }
}

/// Ticks with their labels; those at the ends stay within the width.
pub(super) fn axis(m: &mut Markup, scale: &Scale, class: &'static str, label: &dyn Fn(i128) -> String) {
    m.raw("<svg class=\"").raw(class).raw("\">");
    for tick in scale.ticks() {
        let part = scale.at(tick, WIDTH);
        let anchor = match part {
            0 => "start",
            WIDTH => "end",
            _ => "middle",
        };
        m.raw("<text y=\"14\" x=\"").text(percent(part)).raw("\" text-anchor=\"").raw(anchor).raw("\">");
        m.text(label(tick)).raw("</text>");
    }
    m.raw("</svg>");
}

/// A bar from zero; hatched below it. One that is cut at an end has an arrow there.
pub(super) fn bar(m: &mut Markup, scale: &Scale, value: i128, class: &'static str) {
    m.raw("<svg class=\"").raw(class).raw("\" aria-hidden=\"true\">");
    let zero = scale.at(0, WIDTH);
    for tick in scale.ticks() {
        let x = percent(scale.at(tick, WIDTH));
        m.raw(if tick == 0 { "<line class=\"zero\" x1=\"" } else { "<line class=\"grid\" x1=\"" });
        m.text(&x).raw("\" x2=\"").text(&x).raw("\" y1=\"0\" y2=\"100%\"/>");
    }
    let end = scale.at(value, WIDTH);
    if value != 0 {
        let sign = if value < 0 { "neg" } else { "pos" };
        m.raw("<rect class=\"").raw(sign).raw("\" y=\"20%\" height=\"60%\" x=\"").text(percent(zero.min(end)));
        m.raw("\" width=\"").text(percent((end - zero).abs())).raw("\"/>");
    }
    cut(m, scale.beyond(value));
    m.raw("</svg>");
}

/// An arrow at the end that a value is beyond, if any.
pub(super) fn cut(m: &mut Markup, beyond: i128) -> &mut Markup {
    match beyond {
        -1 => m.raw("<svg x=\"0\"><path class=\"cut\" d=\"M9 5L1 13L9 21Z\"/></svg>"),
        1 => m.raw("<svg x=\"100%\"><path class=\"cut\" d=\"M-9 5L-1 13L-9 21Z\"/></svg>"),
        _ => m,
    }
}
