//! Questions that a person answers at the terminal: choices with arrow keys, and words. Esc goes back to the question
//! before; Ctrl-C ends the program, as anywhere.

use super::error::Failure;
use clap::ValueEnum;
use dialoguer::console::{Key, Term};
use dialoguer::theme::Theme;
use dialoguer::{Error, Select};
use std::fmt::{self, Write};
use std::io::{self, IsTerminal};
use unicode_width::UnicodeWidthChar;

/// Whether there is anybody to ask: questions go to standard error, and answers come from standard input.
pub(super) fn can_ask() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// What became of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// It was answered.
    Answered,
    /// There was no need to ask.
    Skipped,
    /// Esc: the question before is to be asked again.
    Back,
}

/// Asks for what `S` does not know yet.
pub(super) type Question<S> = fn(&mut S) -> Result<Turn, Failure>;

/// Asks questions one after another; each keeps its own answer in `state`.
///
/// # Errors
/// When a question fails, or when somebody goes back from the first one: then they don't want to be asked.
pub(super) fn in_turn<S>(state: &mut S, questions: &[Question<S>]) -> Result<(), Failure> {
    let mut answered = Vec::new();
    let mut next = 0;
    while let Some(question) = questions.get(next) {
        match question(state)? {
            Turn::Answered => {
                answered.push(next);
                next += 1;
            }
            Turn::Skipped => next += 1,
            Turn::Back => next = answered.pop().ok_or_else(declined)?,
        }
    }
    Ok(())
}

/// Somebody was asked and went away.
pub(super) fn declined() -> Failure {
    Failure::refused("declined", "stopped; nothing was changed")
}

/// An answer that is one of a few. What is shown for each is what `--help` says of it.
pub(super) trait Choice: ValueEnum + PartialEq {
    /// The question as it is asked.
    const QUESTION: &'static str;
}

/// What people see of one choice.
pub(super) fn label<T: ValueEnum>(choice: &T) -> String {
    let value = choice.to_possible_value();
    value.and_then(|value| value.get_help().map(ToString::to_string)).unwrap_or_default()
}

/// How a choice is spelled as a flag's value.
pub(super) fn spelling<T: ValueEnum>(choice: &T) -> String {
    choice.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
}

/// Asks for one of a few, unless `given`; the answer so far is the default.
///
/// # Errors
/// When the terminal can't be read.
pub(super) fn choose<T: Choice>(given: Option<&T>, answer: &mut T) -> Result<Turn, Failure> {
    if let Some(given) = given {
        *answer = given.clone();
        return Ok(Turn::Skipped);
    }
    let choices = T::value_variants();
    let default = choices.iter().position(|choice| choice == answer).unwrap_or_default();
    let labels: Vec<String> = choices.iter().map(label).collect();
    let Some(chosen) = select(T::QUESTION, &labels, default)? else { return Ok(Turn::Back) };
    *answer = choices[chosen].clone();
    Ok(Turn::Answered)
}

/// Asks for one of the labels, by its index. `None` is Esc.
///
/// # Errors
/// When the terminal can't be read.
pub(super) fn select(question: &str, labels: &[String], default: usize) -> Result<Option<usize>, Failure> {
    let term = Term::stderr();
    // A line that is broken by the terminal would not be cleared away.
    let room = usize::from(term.size().1).saturating_sub(3);
    let fit = |text: &str| text.chars().take(room).collect::<String>();
    let items = labels.iter().map(|label| fit(label));
    let prompt = Select::with_theme(&Plain).with_prompt(fit(question)).items(items).default(default);
    prompt.interact_on_opt(&term).map_err(|Error::IO(error)| unreadable(&error))
}

/// Asks for a word or a name, unless `given`; Enter alone takes the answer so far. What `read` makes of it is the answer.
///
/// # Errors
/// When the terminal can't be read.
pub(super) fn word(
    question: &str,
    given: Option<&String>,
    answer: &mut String,
    read: impl Fn(&str) -> Result<String, String>,
) -> Result<Turn, Failure> {
    if let Some(given) = given {
        answer.clone_from(given);
        return Ok(Turn::Skipped);
    }
    let term = Term::stderr();
    let prompt = if answer.is_empty() { format!("{question} ") } else { format!("{question} [{answer}] ") };
    loop {
        let Some(typed) = line(&term, &prompt).map_err(|error| unreadable(&error))? else { return Ok(Turn::Back) };
        let typed = if typed.is_empty() { answer.clone() } else { typed };
        let read = read(&typed);
        let shown = match &read {
            Ok(word) => format!("{question} {word}"),
            Err(wrong) => format!("{typed}: {wrong}"),
        };
        term.write_line(&shown).map_err(|error| unreadable(&error))?;
        if let Ok(word) = read {
            *answer = word;
            return Ok(Turn::Answered);
        }
    }
}

/// Asks for a yes or a no, until there is one of them; Enter alone is yes. `None` is Esc.
///
/// # Errors
/// When the terminal can't be read.
pub(super) fn agree(question: &str) -> Result<Option<bool>, Failure> {
    const CHOICES: &str = " [Y/n] ";
    let term = Term::stderr();
    // A line that is broken by the terminal would not be cleared away; what is typed is a few letters.
    let room = usize::from(term.size().1).saturating_sub(CHOICES.len() + 8);
    let question: String = question.chars().take(room).collect();
    loop {
        let typed = line(&term, &format!("{question}{CHOICES}")).map_err(|error| unreadable(&error))?;
        let Some(typed) = typed else { return Ok(None) };
        let answer = is_yes(&typed);
        let shown = match answer {
            Some(true) => "yes",
            Some(false) => "no",
            None => "answer y or n",
        };
        term.write_line(&format!("{question} {shown}")).map_err(|error| unreadable(&error))?;
        if answer.is_some() {
            return Ok(answer);
        }
    }
}

fn is_yes(typed: &str) -> Option<bool> {
    match typed.trim().to_lowercase().as_str() {
        "" | "y" | "yes" => Some(true),
        "n" | "no" => Some(false),
        _ => None,
    }
}

/// One line, which is taken from the screen again; `None` is Esc. Dialoguer's own input knows no way back.
fn line(term: &Term, prompt: &str) -> io::Result<Option<String>> {
    let mut typed = String::new();
    term.write_str(prompt)?;
    let answer = loop {
        match term.read_key()? {
            Key::Enter => break Some(typed),
            Key::Escape => break None,
            Key::Backspace => term.clear_chars(typed.pop().and_then(UnicodeWidthChar::width).unwrap_or(0))?,
            Key::Char(key) if !key.is_control() => {
                typed.push(key);
                term.write_str(key.encode_utf8(&mut [0; 4]))?;
            }
            _ => {}
        }
    };
    term.clear_line()?;
    Ok(answer)
}

fn unreadable(error: &io::Error) -> Failure {
    Failure::refused("declined", format!("no answer, so nothing was changed: {error}"))
}

/// No colours, and a cursor that stays visible: dialoguer hides it, and Ctrl-C would leave it hidden.
struct Plain;

impl Theme for Plain {
    fn format_select_prompt(&self, f: &mut dyn Write, prompt: &str) -> fmt::Result {
        write!(f, "\u{1b}[?25h{prompt}")
    }

    fn format_select_prompt_selection(&self, f: &mut dyn Write, prompt: &str, chosen: &str) -> fmt::Result {
        write!(f, "{prompt} {chosen}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers that are given one after another, and which question each was for.
    struct Person {
        turns: Vec<Turn>,
        asked: Vec<char>,
    }

    impl Person {
        fn answer(&mut self, question: char) -> Result<Turn, Failure> {
            self.asked.push(question);
            Ok(if self.turns.is_empty() { Turn::Answered } else { self.turns.remove(0) })
        }
    }

    const QUESTIONS: [Question<Person>; 3] =
        [|person| person.answer('a'), |_| Ok(Turn::Skipped), |person| person.answer('c')];

    fn asked(turns: &[Turn]) -> (String, Result<(), Failure>) {
        let mut person = Person { turns: turns.to_vec(), asked: Vec::new() };
        let end = in_turn(&mut person, &QUESTIONS);
        (person.asked.iter().collect(), end)
    }

    #[test]
    fn back_is_to_the_last_question_that_was_asked_and_from_the_first_one_out() {
        use Turn::{Answered, Back};
        assert_eq!(asked(&[]), ("ac".to_owned(), Ok(())));
        assert_eq!(asked(&[Answered, Back]), ("acac".to_owned(), Ok(())));
        assert_eq!(asked(&[Answered, Back, Back]), ("aca".to_owned(), Err(declined())));
        assert_eq!(asked(&[Back]), ("a".to_owned(), Err(declined())));
    }

    #[test]
    fn no_declines_and_what_is_neither_is_asked_again() {
        assert_eq!(["n", "N", "no", " No "].map(is_yes), [Some(false); 4]);
        assert_eq!(["", "y", "Yes"].map(is_yes), [Some(true); 3]);
        assert_eq!(["x", "yn", "nope"].map(is_yes), [None; 3]);
    }

    #[test]
    fn what_is_given_is_not_asked_for() {
        let mut answer = "USD".to_owned();
        let given = "EUR".to_owned();
        assert_eq!(word("Currency", Some(&given), &mut answer, |_| unreachable!()), Ok(Turn::Skipped));
        assert_eq!(answer, "EUR");
    }
}
