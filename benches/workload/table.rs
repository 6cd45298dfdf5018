//! Measures drawdown and its rivals, interleaved, and prints the table.

use crate::figures::Goal::{AtLeast, AtMost};
use crate::figures::{Figure, Times};
use crate::process::{Ended, run};
use crate::rivals::Outcome;
use crate::{TableArgs, rivals, work, write};
use std::error::Error;
use std::fs::{self, File};
use std::ops::Range;
use std::path::PathBuf;
use std::process::Command;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// How often the commands are run that are over at once.
const QUICK_RUNS: usize = 41;
/// A customer with about a thousandth of all events.
const BUSY: u64 = 100;
/// What `DRAWDOWN_NOW` says; after every log's end.
const NOW: &str = "2100-01-01T00:00:00Z";
/// What what-ifs change.
const CHANGED: &str = "api/chat_completed/volume_rate";

struct Bench<'a> {
    args: &'a TableArgs,
    times: Times,
    peak_kib: u64,
    /// The same of a comparison of the large log.
    compare_peak_kib: u64,
}

/// Runs everything. Every run is checked: all must come to the same counts and the same sum of fees.
pub fn measure(args: &TableArgs) -> Result<()> {
    fs::create_dir(&args.dir).map_err(|error| format!("{}: {error}", args.dir.display()))?;
    let mut bench = Bench { args, times: Times::default(), peak_kib: 0, compare_peak_kib: 0 };
    bench.write_logs()?;
    for round in 1..=args.runs {
        eprintln!("round {round} of {}: {} events", args.runs, args.events);
        bench.usual_log()?;
    }
    for round in 1..=args.runs {
        eprintln!("round {round} of {}: {} events", args.runs, args.large);
        bench.large_log()?;
    }
    eprintln!("single commands");
    bench.single_commands()?;
    bench.print()
}

impl Bench<'_> {
    fn path(&self, name: &str) -> PathBuf {
        self.args.dir.join(name)
    }

    fn write_logs(&self) -> Result<()> {
        let (events, large) = (self.args.events, self.args.large);
        let csv = |name, events: Range<u64>| write(&self.path(name), |out| work::csv(events, out));
        write(&self.path("catalog.toml"), |out| std::io::Write::write_all(out, work::catalog().as_bytes()))?;
        csv("usage.csv", 0..events)?;
        csv("large.csv", 0..large)?;
        csv("more.csv", large..large + events)?;
        write(&self.path("usage.jsonl"), |out| work::jsonl(0..events, out))?;
        write(&self.path("nested.jsonl"), |out| work::nested(0..events, out))
    }

    fn drawdown(&self, ledger: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_drawdown"));
        command.env("DRAWDOWN_NOW", NOW).args(["--format", "json", "--no-progress", "--yes"]);
        command.arg("--ledger").arg(self.path(ledger)).arg("--catalog").arg(self.path("catalog.toml"));
        command
    }

    /// A ledger with the catalog and nothing else.
    fn fresh(&self, ledger: &str) -> Result<()> {
        self.remove(ledger)?;
        run(self.drawdown(ledger).arg("apply"))?;
        Ok(())
    }

    fn remove(&self, database: &str) -> Result<()> {
        let files = [self.path(database), self.path(&format!("{database}-journal"))];
        files.iter().filter(|file| file.exists()).try_for_each(fs::remove_file)?;
        Ok(())
    }

    fn time(&mut self, what: &'static str, command: &mut Command) -> Result<Ended> {
        let ended = run(command)?;
        self.times.add(what, ended.micros);
        Ok(ended)
    }

    fn replay(&mut self, what: &'static str, ledger: &str, log: &str) -> Result<(Outcome, Ended)> {
        let mut command = self.drawdown(ledger);
        let ended = self.time(what, command.arg("replay").arg(self.path(log)).args(["--enroll", work::PRODUCT]))?;
        Ok((outcome(&ended.output)?, ended))
    }

    fn rival(&mut self, what: &'static str) -> Result<Outcome> {
        self.remove("rival.db")?;
        let mut command = match what {
            "python" => {
                let mut python = Command::new(&self.args.python);
                python.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/benches/workload/founder.py"));
                python.args([self.path("usage.csv"), self.path("catalog.toml")]);
                python
            }
            _ => {
                let mut own = Command::new(std::env::current_exe()?);
                own.arg(what).arg(self.path("usage.csv"));
                own
            }
        };
        let ended = run(command.arg(self.path("rival.db")))?;
        let outcome: Outcome = serde_json::from_str(&ended.output)?;
        self.times.add(what, outcome.micros.unwrap_or(ended.micros));
        Ok(Outcome { micros: None, ..outcome })
    }

    /// One round of everything that is done with the usual log.
    fn usual_log(&mut self) -> Result<()> {
        self.fresh("usual.db")?;
        let (first, _) = self.replay("replay", "usual.db", "usage.csv")?;
        let (again, _) = self.replay("duplicates", "usual.db", "usage.csv")?;
        let nothing = Outcome { duplicate: self.args.events, ..Outcome::default() };
        same("the same log again", &again, &nothing)?;
        self.fresh("usual.db")?;
        let mut dry = self.drawdown("usual.db");
        dry.arg("replay").arg(self.path("usage.csv")).args(["--enroll", work::PRODUCT, "--dry-run"]);
        let dry = self.time("dry-run", &mut dry)?;
        same("--dry-run", &outcome(&dry.output)?, &first)?;
        let (jsonl, _) = self.replay("jsonl", "usual.db", "usage.jsonl")?;
        same("JSON lines", &jsonl, &first)?;
        self.fresh("nested.db")?;
        let mut nested = self.drawdown("nested.db");
        nested.arg("replay").arg(self.path("nested.jsonl")).args(["--enroll", work::PRODUCT, "--map", work::NESTED]);
        let nested = self.time("nested", &mut nested)?;
        same("nested JSON", &outcome(&nested.output)?, &first)?;
        self.remove("nested.db")?;
        self.what_ifs(&first)?;
        for rival in ["plain", "bare", "python"] {
            same(rival, &self.rival(rival)?, &first)?;
        }
        Ok(())
    }

    /// What other prices would have made of the usual log, and of the ledger that has it.
    fn what_ifs(&mut self, recorded: &Outcome) -> Result<()> {
        let [one, eight, many] =
            ["+10%", "+1%..+8%/1%", "+0%..+23%/1%"].map(|values| format!("--vary={CHANGED}={values}"));
        for (what, vary) in [("compare, one", &one), ("compare, eight", &eight)] {
            let mut compare = self.drawdown("none.db");
            compare.arg("compare").arg(self.path("usage.csv")).args(["--enroll", work::PRODUCT, vary]);
            let ended = self.time(what, &mut compare)?;
            same(what, &outcome_of_base(&ended.output)?, recorded)?;
        }
        let history = self.time("compare, history", self.drawdown("usual.db").args(["compare", &one]))?;
        same("compare, history", &outcome_of_base(&history.output)?, recorded)?;
        let mut solve = self.drawdown("none.db");
        solve.arg("solve").arg(self.path("usage.csv")).args(["--enroll", work::PRODUCT, &many, "--target=margin>=10%"]);
        self.time("solve", &mut solve)?;
        Ok(())
    }

    /// One round of everything that is done with the large log.
    fn large_log(&mut self) -> Result<()> {
        self.fresh("large.db")?;
        let (_, ended) = self.replay("large", "large.db", "large.csv")?;
        self.peak_kib = self.peak_kib.max(ended.peak_kib);
        let mut compare = self.drawdown("none.db");
        compare.arg("compare").arg(self.path("large.csv")).args(["--enroll", work::PRODUCT]);
        let ended = self.time("compare, large", compare.arg(format!("--vary={CHANGED}=+5%,+10%")))?;
        self.compare_peak_kib = self.compare_peak_kib.max(ended.peak_kib);
        self.fresh("more.db")?;
        self.replay("more into empty", "more.db", "more.csv")?;
        fs::copy(self.path("large.db"), self.path("more.db"))?;
        // Or the copy would still be on its way to the disk while the replay is timed.
        File::open(self.path("more.db"))?.sync_all()?;
        self.replay("more into large", "more.db", "more.csv")?;
        self.remove("more.db")?;
        for (what, by) in [("report by customer", "customer"), ("report by month", "product,month")] {
            self.time(what, self.drawdown("large.db").args(["report", "profit", "--by", by]))?;
        }
        self.time("verify", self.drawdown("large.db").args(["ledger", "verify"]))?;
        Ok(())
    }

    /// Commands that are over at once: in the large ledger, in one that holds a single customer, and none at all.
    fn single_commands(&mut self) -> Result<()> {
        let who = work::customer(BUSY);
        self.fresh("empty.db")?;
        for args in
            [["customer", "add", &who].as_slice(), &["subscribe", &who, work::PRODUCT], &["topup", &who, "50", "USD"]]
        {
            run(self.drawdown("empty.db").args(args).args(["--at", "2026-01-01"]))?;
        }
        let record = ["record", &who, "chat_completed", "model=small-1", "tier=batch", "quantity=10"];
        let topup = ["topup", &who, "5", "USD"];
        let balance = ["balance", &who];
        for _ in 0..QUICK_RUNS {
            self.time("nothing", &mut Command::new("true"))?;
            for (what, large, args) in [
                ("topup, empty", "topup, large", topup.as_slice()),
                ("record, empty", "record, large", &record),
                ("balance, empty", "balance, large", &balance),
            ] {
                self.time(what, self.drawdown("empty.db").args(args))?;
                self.time(large, self.drawdown("large.db").args(args))?;
            }
        }
        Ok(())
    }

    fn figures(&self) -> Vec<Figure> {
        let all = [self.of_replays(), self.of_quick_commands(), self.of_reports(), self.of_comparisons()];
        all.into_iter().flatten().collect()
    }

    fn of_replays(&self) -> Vec<Figure> {
        let at = |what: &str| self.times.median(what);
        let (events, large) = (u128::from(self.args.events), u128::from(self.args.large));
        let files = ["large.db", "large.db-journal"].map(|file| fs::metadata(self.path(file)));
        let bytes: u64 = files.into_iter().flatten().map(|file| file.len()).sum();
        vec![
            Figure::ratio("replay against the plain design", at("plain"), at("replay"), AtLeast(3_000, 5_000)),
            Figure::ratio("replay against the bare insert", at("bare"), at("replay"), AtLeast(800, 1_500)),
            Figure::ratio("replay against a Python script", at("python"), at("replay"), AtLeast(15_000, 35_000)),
            Figure::ratio("`--dry-run` against replay", at("replay"), at("dry-run"), AtLeast(1_500, 2_500)),
            Figure::ratio("JSONL against CSV", at("replay"), at("jsonl"), AtLeast(500, 800)),
            Figure::ratio("nested JSONL by a mapping, against JSONL", at("jsonl"), at("nested"), AtLeast(600, 600)),
            Figure::ratio(
                format!("events/s at {large} against {events}"),
                at("more into empty") * large,
                at("large") * events,
                AtLeast(900, 1_000),
            ),
            Figure::ratio(
                format!("{events} more into {large}, against into an empty ledger"),
                at("more into empty"),
                at("more into large"),
                AtLeast(700, 900),
            ),
            Figure::ratio(
                "all duplicates, against the first time",
                at("replay"),
                at("duplicates"),
                AtLeast(1_000, 2_000),
            ),
            Figure::peak(format!("peak memory at {large} events"), self.peak_kib, AtMost(500_000, 250_000)),
            Figure {
                measure: "ledger bytes per event".to_owned(),
                value: u128::from(bytes) * 1000 / large,
                unit: "",
                goal: AtMost(150_000, 105_000),
            },
        ]
    }

    fn of_quick_commands(&self) -> Vec<Figure> {
        let at = |what: &str| self.times.median(what);
        let of_command = |[empty, large]: [&str; 2]| {
            [
                Figure::ratio(format!("`{large}` against empty"), at(large), at(empty), AtMost(2_000, 1_100)),
                Figure::ratio(
                    format!("`{large}` against any process"),
                    at(large),
                    at("nothing"),
                    AtMost(12_000, 6_000),
                ),
            ]
        };
        let commands = [
            ["topup, empty", "topup, large"],
            ["record, empty", "record, large"],
            ["balance, empty", "balance, large"],
        ];
        commands.into_iter().flat_map(of_command).collect()
    }

    fn of_reports(&self) -> Vec<Figure> {
        let at = |what: &str| self.times.median(what);
        let reports = [
            ("`report profit --by customer` against the replay", "report by customer", AtMost(100, 10)),
            ("`report profit --by product,month`, likewise", "report by month", AtMost(100, 10)),
            ("`ledger verify`, likewise", "verify", AtMost(2_000, 700)),
        ];
        reports.into_iter().map(|(measure, what, goal)| Figure::ratio(measure, at(what), at("large"), goal)).collect()
    }

    fn of_comparisons(&self) -> Vec<Figure> {
        let at = |what: &str| self.times.median(what);
        let large = self.args.large;
        let comparisons = [
            ("`compare` of a log with one scenario, against replay", "compare, one", 1_600, 1_200),
            ("`compare` of a log with eight scenarios, likewise", "compare, eight", 6_500, 4_000),
            ("`compare` of the ledger's own history with one scenario, likewise", "compare, history", 1_700, 1_200),
            ("`solve` with 24 values, likewise", "solve", 16_000, 10_000),
        ];
        let figure = |(measure, what, least, aim)| Figure::ratio(measure, at(what), at("replay"), AtMost(least, aim));
        let peak = format!("peak memory of `compare` with two scenarios at {large} events");
        let peak = Figure::peak(peak, self.compare_peak_kib, AtMost(700_000, 500_000));
        comparisons.into_iter().map(figure).chain([peak]).collect()
    }

    fn print(&self) -> Result<()> {
        println!("| measure | measured | at least | aim | reached |\n|---|---|---|---|---|");
        self.figures().iter().for_each(Figure::print);
        println!();
        self.times.print(|what| match what {
            "large" | "compare, large" => Some(self.args.large),
            "replay" | "duplicates" | "dry-run" | "jsonl" | "nested" | "plain" | "bare" | "python" => {
                Some(self.args.events)
            }
            "more into empty" | "more into large" => Some(self.args.events),
            "compare, one" | "compare, eight" | "compare, history" | "solve" => Some(self.args.events),
            _ => None,
        });
        Ok(())
    }
}

/// What `drawdown replay` says became of a log.
fn outcome(json: &str) -> Result<Outcome> {
    let said: serde_json::Value = serde_json::from_str(json)?;
    let count = |key| said["data"][key].as_u64().ok_or_else(|| format!("no {key} in {json}"));
    let fees = said["data"]["fees"][0]["amount"].as_str();
    Ok(Outcome {
        charged: count("charged")?,
        denied: count("denied")?,
        duplicate: count("duplicate")?,
        auto_topups: i64::try_from(count("auto_topups")?)?,
        fees: fees.map_or(Ok(0), rivals::nanos_of)?,
        micros: None,
    })
}

/// What `drawdown compare` says became of a history under the base.
fn outcome_of_base(json: &str) -> Result<Outcome> {
    let said: serde_json::Value = serde_json::from_str(json)?;
    let base = &said["data"]["scenarios"][0];
    let count = |key| base[key].as_u64().ok_or_else(|| format!("no {key} of the base in what compare says"));
    let fees = base["fees"].as_str();
    Ok(Outcome {
        charged: count("charged")?,
        denied: count("denied")?,
        duplicate: 0,
        auto_topups: i64::try_from(count("auto_topups")?)?,
        fees: fees.map_or(Ok(0), rivals::nanos_of)?,
        micros: None,
    })
}

fn same(what: &str, found: &Outcome, wanted: &Outcome) -> Result<()> {
    if found == wanted { Ok(()) } else { Err(format!("{what} came to {found:?}, not {wanted:?}").into()) }
}
