//! Names of columns that hold what must not be kept in a ledger.

/// Words that make a name a secret's, wherever they stand in it.
const ANYWHERE: [&str; 11] = [
    "password",
    "passwd",
    "passphrase",
    "secret",
    "authorization",
    "credential",
    "cookie",
    "api_key",
    "apikey",
    "private_key",
    "ssh_key",
];
/// Names that are a secret's or a person's as they are, and as the last part of a longer name.
const ALONE: [&str; 18] = [
    "token",
    "access_token",
    "auth_token",
    "refresh_token",
    "bearer",
    "auth",
    "jwt",
    "pwd",
    "email",
    "e_mail",
    "mail",
    "email_address",
    "ip",
    "ip_address",
    "remote_addr",
    "phone",
    "phone_number",
    "ssn",
];
/// What stands before `token` where it is counted, and nobody's key.
const COUNTED: [&str; 28] = [
    "input",
    "output",
    "prompt",
    "completion",
    "cached",
    "cache",
    "read",
    "write",
    "reasoning",
    "thinking",
    "thought",
    "context",
    "generated",
    "audio",
    "image",
    "text",
    "total",
    "max",
    "min",
    "num",
    "count",
    "used",
    "per",
    "in",
    "out",
    "eingabe",
    "ausgabe",
    "gesamt",
];
/// Last words of names that only say which secret it was.
const HARMLESS: [&str; 4] = ["id", "ids", "name", "alias"];

/// Whether a column's name looks like that of a secret, or of what finds a person. Counts of tokens don't.
pub(super) fn is_secret(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or(name);
    let plain = plain(last);
    let is_last = |word: &&str| plain.strip_suffix(*word).is_some_and(|start| start.is_empty() || start.ends_with('_'));
    let is_harmless = HARMLESS.iter().any(|word| plain.ends_with(&format!("_{word}")));
    let counted = plain.strip_suffix("_token").and_then(|start| start.rsplit('_').next());
    let is_harmless = is_harmless || counted.is_some_and(|before| COUNTED.contains(&before));
    !is_harmless && (ANYWHERE.iter().any(|word| plain.contains(word)) || ALONE.iter().any(is_last))
}

/// In small letters, with `_` between words: `apiKey`, `API-Key` and `Api Key` are one name.
fn plain(name: &str) -> String {
    let mut plain = String::new();
    let mut before = None;
    for sign in name.chars() {
        let begins =
            sign.is_uppercase() && before.is_some_and(|before: char| before.is_lowercase() || before.is_numeric());
        if begins {
            plain.push('_');
        }
        match sign {
            ' ' | '-' => plain.push('_'),
            _ => plain.extend(sign.to_lowercase()),
        }
        before = Some(sign);
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_told_from_counts_and_numbers() {
        for name in [
            "api_key",
            "apiKey",
            "API-Key",
            "Authorization",
            "user.email",
            "x_api_key_hash",
            "access_token",
            "password",
            "client_secret",
            "ip",
            "ipAddress",
            "requester_ip_address",
            "token",
            "session_token",
            "api-token",
            "metadata.auth",
            "Set-Cookie",
            "E-Mail",
            "mail",
            "pwd",
            "jwt",
            "passphrase",
            "phone_number",
            "remote_addr",
            "ssh_key",
        ] {
            assert!(is_secret(name), "{name}");
        }
        for name in [
            "tokens",
            "input_tokens",
            "token_count",
            "tokens_prompt",
            "api_key_id",
            "api_key_name",
            "api_key_alias",
            "model",
            "zip",
            "ship",
            "tokenizer",
            "max_token",
            "Eingabe-Token",
            "outputToken",
            "author",
            "emails_sent",
            "cost.openai",
            "id",
            "secretary_id",
        ] {
            assert!(!is_secret(name), "{name}");
        }
    }
}
