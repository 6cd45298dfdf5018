//! Logs in memory, read whole.

use drawdown::catalog::{Mapping, Sum};
use drawdown::usage::{
    Batch, Interest, LogReader, Passed, ReadError, Rejection, Shape, Source, UsageEvent, Vocabulary,
};
use std::io::{self, Cursor, Read, Write};
use std::sync::Arc;

/// `call` events have the dimension `model` and the volume `tokens`.
pub fn vocabulary() -> Arc<Vocabulary> {
    let interest = Interest {
        dimensions: ["model".to_owned()].into(),
        volumes: ["tokens".to_owned()].into(),
        ..Interest::default()
    };
    Arc::new(Vocabulary::from([("call".to_owned(), interest)]))
}

/// All that a run gave, with names and shapes put together.
#[derive(Debug, Default)]
pub struct Run {
    pub events: Vec<UsageEvent>,
    /// File and line of each event.
    pub places: Vec<(u32, u64)>,
    pub shapes: Vec<Arc<Shape>>,
    pub customers: Vec<String>,
    pub rejections: Vec<Rejection>,
    pub passed: Passed,
}

impl Run {
    pub fn add(&mut self, batch: Batch) {
        self.passed.join(batch.passed.clone());
        self.shapes.extend(batch.new_shapes.iter().cloned());
        self.customers.extend(batch.new_customers.iter().cloned());
        for event in &batch.events {
            let shape = &self.shapes[event.shape.place()];
            let full = batch.expand(event, shape, &self.customers[event.customer.place()]);
            for (name, volume) in shape.volumes.iter().zip(batch.volumes(event, shape)) {
                assert_eq!(drawdown::money::parse_decimal(&full.data[name]), Ok(*volume));
            }
            self.events.push(full);
            self.places.push((event.file, event.line));
        }
        self.rejections.extend(batch.rejections);
    }

    pub fn ids(&self) -> Vec<&str> {
        self.events.iter().map(|event| event.id.as_str()).collect()
    }
}

pub fn source(name: &str, content: impl AsRef<[u8]>) -> Source {
    Source::new(name, Cursor::new(content.as_ref().to_vec()))
}

pub fn batches(sources: Vec<Source>, mapping: Option<Mapping>, max: usize) -> Result<Vec<Batch>, ReadError> {
    let mut reader = LogReader::new(sources, vocabulary(), mapping);
    std::iter::from_fn(|| reader.next_batch(max).transpose()).collect()
}

pub fn read_all(sources: Vec<Source>, mapping: Option<Mapping>) -> Result<Run, ReadError> {
    let mut run = Run::default();
    batches(sources, mapping, 3)?.into_iter().for_each(|batch| run.add(batch));
    Ok(run)
}

/// One log without a mapping.
pub fn read(content: impl AsRef<[u8]>) -> Result<Run, ReadError> {
    read_all(vec![source("log", content)], None)
}

pub fn mapping(columns: &[(&str, &str)], constants: &[(&str, &str)]) -> Mapping {
    let columns = columns.iter().map(|(ours, theirs)| (ours.to_string(), Sum::parse(theirs).unwrap()));
    let constants = constants.iter().map(|(ours, text)| (ours.to_string(), text.to_string()));
    Mapping { columns: columns.collect(), constants: constants.collect(), ..Mapping::default() }
}

pub fn gzip(content: impl AsRef<[u8]>) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(content.as_ref()).unwrap();
    encoder.finish().unwrap()
}

/// Gives one byte at a time.
pub struct Trickle(pub Cursor<Vec<u8>>);

impl Read for Trickle {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let end = buffer.len().min(1);
        self.0.read(&mut buffer[..end])
    }
}
