//! Everything that is tested from outside is one program, so that it is linked once: a folder or a file for each command
//! or theme. `cargo test --test it reports` runs those of one.

mod add;
mod catalog;
mod ci;
mod compare;
mod corrections;
mod face;
mod forgotten;
mod formats;
mod golden;
mod guide;
mod help;
mod html;
mod init;
mod layers;
mod people;
mod pricing;
mod properties;
mod readme;
mod real_log;
mod reports;
mod sample;
mod shells;
mod subscriptions;
mod support;
mod trust;
mod usage;
mod vendor;
mod year;
