//! The currencies of ISO 4217, built in.

/// Decimals that a currency has in the ledger unless the catalog gives it fewer, whatever its minor unit: usage costs
/// fractions of a cent.
pub const CURRENCY_PRECISION: u8 = 9;

/// Codes by the number of digits of their minor unit (ISO 4217, list one; funds and metals left out).
const BY_MINOR_DIGITS: [(u8, &str); 4] = [
    (0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"),
    (
        2,
        "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP \
         CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR \
         IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN \
         NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP \
         STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG",
    ),
    (3, "BHD IQD JOD KWD LYD OMR TND"),
    (4, "CLF UYW"),
];

/// Digits of the minor unit of a currency (2 for USD, 0 for JPY), or `None` when the code is not a currency.
pub fn currency_minor_digits(code: &str) -> Option<u8> {
    let has = |codes: &str| codes.split_ascii_whitespace().any(|c| c == code);
    BY_MINOR_DIGITS.iter().find(|(_, codes)| has(codes)).map(|&(digits, _)| digits)
}

/// The codes of all currencies, each with the digits of its minor unit.
pub fn currencies() -> impl Iterator<Item = (&'static str, u8)> {
    BY_MINOR_DIGITS.iter().flat_map(|&(digits, codes)| codes.split_ascii_whitespace().map(move |code| (code, digits)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minor_digits() {
        for (code, digits) in
            [("USD", Some(2)), ("JPY", Some(0)), ("KWD", Some(3)), ("CLF", Some(4)), ("CREDIT", None), ("", None)]
        {
            assert_eq!(currency_minor_digits(code), digits, "{code}");
        }
    }

    #[test]
    fn no_code_is_listed_twice() {
        let mut all: Vec<_> = currencies().map(|(code, _)| code).collect();
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
        assert!(all.iter().all(|code| code.len() == 3));
    }
}
