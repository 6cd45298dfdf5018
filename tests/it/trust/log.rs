//! Logs that are long enough.

/// The columns of [`Log`]'s CSV.
pub const HEADER: &str = "id,customer,event_type,occurred_at,model,seconds,cost.deepgram,cost.aws";

/// Usage events that are the same every time: half a minute apart, of `customers` customers.
pub struct Log {
    pub rows: Vec<Row>,
}

pub struct Row {
    id: u64,
    customer: u64,
    seconds_since_start: u64,
    /// Of an image; else it is a call of so many seconds.
    model: Option<&'static str>,
    seconds: u64,
}

impl Log {
    pub fn new(events: u64, customers: u64, spacing: u64) -> Self {
        let mut state = 0x2545_F491_4F6C_DD1D_u64;
        let mut random = |below: u64| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state % below
        };
        let rows = (0..events).map(|id| Row {
            id,
            customer: random(customers),
            seconds_since_start: id * spacing,
            model: [Some("hd"), Some("sd"), None][random(3) as usize],
            seconds: 1 + random(900),
        });
        Self { rows: rows.collect() }
    }

    pub fn csv(&self) -> String {
        csv(&self.rows)
    }

    pub fn jsonl(&self) -> String {
        self.rows.iter().map(Row::json).collect()
    }
}

pub fn csv(rows: &[Row]) -> String {
    rows.iter().fold(format!("{HEADER}\n"), |text, row| text + &row.csv())
}

impl Row {
    fn at(&self) -> String {
        let (days, seconds) = (self.seconds_since_start / 86_400, self.seconds_since_start % 86_400);
        let (month, day) = (1 + days / 28, 1 + days % 28);
        let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        format!("2026-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
    }

    fn csv(&self) -> String {
        let (id, customer, at) = (self.id, self.customer, self.at());
        match self.model {
            Some(model) => format!("e{id},c{customer},image,{at},{model},,,\n"),
            None => {
                let seconds = self.seconds;
                format!("e{id},c{customer},call,{at},,{seconds},0.0{seconds},0.00000015\n")
            }
        }
    }

    fn json(&self) -> String {
        let (id, customer, at, seconds) = (self.id, self.customer, self.at(), self.seconds);
        let start = format!(r#"{{"id":"e{id}","customer":"c{customer}","occurred_at":"{at}","event_type":"#);
        match self.model {
            Some(model) => format!("{start}\"image\",\"data\":{{\"model\":\"{model}\"}}}}\n"),
            None => format!(
                "{start}\"call\",\"data\":{{\"seconds\":{seconds}}},\"costs\":[{{\"vendor\":\"deepgram\",\"amount\":\
                 0.0{seconds}}},{{\"vendor\":\"aws\",\"amount\":1.5e-7}}]}}\n"
            ),
        }
    }
}
