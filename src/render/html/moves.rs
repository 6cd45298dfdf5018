//! What changes for whom: one line for each, with the change as a bar from zero, and the margin before and after as dots.

use super::amounts::{Amounts, count};
use super::bars::{axis, bar, cut};
use super::markup::Markup;
use super::name::{Place, name};
use super::scale::{Scale, WIDTH, percent};
use crate::money::{Precise, Share};
use crate::render::margin::share_in_percent;

/// So many are drawn of each end when there are more than twice as many.
const ENDS: usize = 10;
/// Margins beyond this, in ten-thousandths, stand at the end.
const MOST_MARGIN: i128 = 10_000;

/// Somebody or something, and what changes there.
pub(super) struct Move {
    /// Who or what it is.
    pub keys: Vec<Option<String>>,
    /// How much more is paid or earned.
    pub change: Precise,
    /// The margin before and after; none without revenue.
    pub margins: [Option<Share>; 2],
}

/// The chart of what changes, most first; of many, both ends.
pub(super) fn moves(m: &mut Markup, by: &[String], mut all: Vec<Move>, amounts: &Amounts) {
    all.sort_by_key(|own| std::cmp::Reverse(own.change));
    let left_out = all.len().saturating_sub(2 * ENDS);
    let drawn: Vec<&Move> = if left_out == 0 {
        all.iter().collect()
    } else {
        all.iter().take(ENDS).chain(&all[all.len() - ENDS..]).collect()
    };
    let changes = Scale::of(drawn.iter().map(|own| own.change.count()), amounts.one());
    let chart = Chart { by, amounts, changes, margins: Scale::fixed(-MOST_MARGIN, MOST_MARGIN, MOST_MARGIN) };
    chart.draw(m, &drawn);
    if left_out > 0 {
        m.raw("<p class=\"note\">").text(count(left_out)).raw(" more lie between these and are not drawn.</p>\n");
    }
}

struct Chart<'a> {
    by: &'a [String],
    amounts: &'a Amounts<'a>,
    changes: Scale,
    margins: Scale,
}

impl Chart<'_> {
    fn draw(&self, m: &mut Markup, drawn: &[&Move]) {
        let widest = drawn.iter().map(|own| self.amounts.signed(own.change).chars().count()).max();
        m.raw("<figure class=\"bars\" style=\"--value:").text(widest.unwrap_or(0)).raw("\">\n");
        m.raw("<div class=\"bar-row axis\" aria-hidden=\"true\"><span class=\"name\"></span>");
        m.raw("<span class=\"value\">Change, ").text(&self.amounts.currency.code).raw("</span>");
        let largest = self.changes.largest();
        axis(m, &self.changes, "bar", &|tick| self.amounts.tick(tick, largest));
        m.raw("<span class=\"margin\">Margin</span>");
        axis(m, &self.margins, "bar second", &|tick| count(tick / 100) + "%");
        m.raw("</div>\n<ul>\n");
        drawn.iter().for_each(|own| self.row(m, own));
        m.raw("</ul>\n</figure>\n");
    }

    fn row(&self, m: &mut Markup, own: &Move) {
        let [before, after] = own.margins.map(|margin| margin.map_or("–".to_owned(), share_in_percent));
        m.raw("<li class=\"bar-row\" title=\"");
        name(m, Place::Hint, self.by, &own.keys);
        m.raw(": ").text(self.amounts.signed(own.change)).raw(" ").text(&self.amounts.currency.code);
        m.raw(", margin ").text(&before).raw(" before and ").text(&after).raw(" after\"><span class=\"name\">");
        name(m, Place::Element, self.by, &own.keys);
        m.raw("</span><span class=\"value\">").text(self.amounts.signed(own.change)).raw("</span>");
        bar(m, &self.changes, own.change.count(), "bar");
        m.raw("<span class=\"margin\">").text(after).raw("</span>");
        self.dots(m, own.margins);
        m.raw("</li>\n");
    }

    /// The margin before as a ring, after as a dot, and the way between them.
    fn dots(&self, m: &mut Markup, margins: [Option<Share>; 2]) {
        let margins = margins.map(|margin| margin.map(Share::ten_thousandths));
        m.raw("<svg class=\"bar second\" aria-hidden=\"true\">");
        let x = |margin: i128| percent(self.margins.at(margin, WIDTH));
        for tick in self.margins.ticks() {
            m.raw(if tick == 0 { "<line class=\"zero\" x1=\"" } else { "<line class=\"grid\" x1=\"" });
            m.text(x(tick)).raw("\" x2=\"").text(x(tick)).raw("\" y1=\"0\" y2=\"100%\"/>");
        }
        if let [Some(before), Some(after)] = margins {
            m.raw("<line class=\"way\" x1=\"").text(x(before)).raw("\" x2=\"").text(x(after));
            m.raw("\" y1=\"50%\" y2=\"50%\"/>");
        }
        for (class, margin) in ["<circle class=\"was\"", "<circle class=\"is\""].into_iter().zip(margins) {
            let Some(margin) = margin else { continue };
            match self.margins.beyond(margin) {
                0 => m.raw(class).raw(" r=\"4\" cy=\"50%\" cx=\"").text(x(margin)).raw("\"/>"),
                end => cut(m, end),
            };
        }
        m.raw("</svg>");
    }
}
