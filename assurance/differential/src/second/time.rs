//! Date-times in the grammar of RFC 3339.

/// A moment: whole Unix seconds, and the digits of the fraction.
pub(super) struct Moment {
    pub(super) seconds: i64,
    pub(super) fraction: String,
}

/// Of the years 1 to 9999.
const SECONDS: core::ops::RangeInclusive<i64> = -62_135_596_800..=253_402_300_799;

/// The moment of a text, unless its year in UTC is out of range.
pub(super) fn read(text: &str) -> Option<Moment> {
    let (date, rest) = text.split_at_checked(10)?;
    let [year, month, day] = numbers(date, '-', [4, 2, 2])?;
    let rest = rest.strip_prefix(['T', 't'])?;
    let (time, rest) = rest.split_at_checked(8)?;
    let [hour, minute, second] = numbers(time, ':', [2, 2, 2])?;
    let (fraction, rest) = match rest.strip_prefix('.') {
        None => ("", rest),
        Some(rest) => {
            let end = rest.find(|char: char| !char.is_ascii_digit())?;
            if end == 0 {
                return None;
            }
            rest.split_at(end)
        }
    };
    let offset = if rest == "Z" || rest == "z" {
        0
    } else {
        let (sign, rest) = rest.split_at_checked(1)?;
        let [hours, minutes] = numbers(rest, ':', [2, 2])?;
        let minutes = (hours <= 23 && minutes <= 59).then_some(hours * 60 + minutes)?;
        match sign {
            "+" => minutes * 60,
            "-" => -minutes * 60,
            _ => return None,
        }
    };
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    // A leap second is the last second of its minute.
    let second = second.min(59);
    let seconds = days(year, month, day)? * 86_400 + hour * 3600 + minute * 60 + second - offset;
    SECONDS.contains(&seconds).then(|| Moment { seconds, fraction: fraction.to_owned() })
}

/// Numbers of so many digits, with a separator between them.
fn numbers<const N: usize>(text: &str, separator: char, lengths: [usize; N]) -> Option<[i64; N]> {
    let parts: Vec<&str> = text.split(separator).collect();
    let parts: [&str; N] = parts.try_into().ok()?;
    let mut numbers = [0; N];
    for ((number, part), length) in numbers.iter_mut().zip(parts).zip(lengths) {
        if part.len() != length || !part.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        *number = part.parse().ok()?;
    }
    Some(numbers)
}

/// The days since 1970, counted one year and one month at a time.
fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    let is_leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length_of_year = |year| if is_leap(year) { 366 } else { 365 };
    let lengths = [31, if is_leap(year) { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let before = usize::try_from(month).ok()?.checked_sub(1)?;
    let length = *lengths.get(before)?;
    if year == 0 || !(1..=length).contains(&day) {
        return None;
    }
    let years: i64 = if year >= 1970 {
        (1970..year).map(length_of_year).sum()
    } else {
        -(year..1970).map(length_of_year).sum::<i64>()
    };
    let months: i64 = lengths[..before].iter().sum();
    Some(years + months + day - 1)
}
