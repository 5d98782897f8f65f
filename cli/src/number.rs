//! Whole numbers as values of options: one text for all that is wrong with one, with its value, its unit and its bounds.

use std::ops::RangeInclusive;

/// The most of something that is only bounded by how much anybody can wait for.
pub(crate) const COUNT_MAX: i128 = 1_000_000_000_000;

/// A reader of whole numbers: `what` says what the number is, such as `number of messages`.
///
/// The bounds must fit into `T`.
pub(crate) fn number<T>(
    what: &'static str,
    bounds: RangeInclusive<i128>,
) -> impl Fn(&str) -> Result<T, String> + Clone + Send + Sync + 'static
where
    T: TryFrom<i128> + 'static,
{
    move |text| {
        let number = text.parse::<i128>().ok().filter(|number| bounds.contains(number));
        number.and_then(|number| T::try_from(number).ok()).ok_or_else(|| {
            let (least, most) = (bounds.start(), bounds.end());
            format!("`{text}` is not a {what}: write a whole number from {least} to {most}")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn a_number_is_read_within_its_bounds_and_refused_with_value_unit_and_bounds() {
        let read = number::<u32>("number of messages", 1..=50);
        assert_eq!((read("1"), read("50")), (Ok(1), Ok(50)));
        for wrong in ["0", "51", "-1", "x", "", "1.5", "99999999999999999999999999999999999999999"] {
            let said = format!("`{wrong}` is not a number of messages: write a whole number from 1 to 50");
            assert_eq!(read(wrong), Err(said));
        }
        assert_eq!(number::<i64>("message type", -5..=5)("-5"), Ok(-5));
    }
}
