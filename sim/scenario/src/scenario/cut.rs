//! A shorter show.

use claque_core::Duration;

use super::Scenario;

impl Scenario {
    /// Shortens the show: what would begin after its end is taken out, what would last longer is cut or taken out.
    pub fn cut(&mut self, duration: Duration) {
        let rest = |at: Duration| Duration::from_micros(duration.as_micros().saturating_sub(at.as_micros()));
        self.duration = duration;
        self.faults.retain_mut(|fault| {
            let fits = fault.at <= duration;
            fault.lasts = fault.lasts.min(rest(fault.at));
            // A rest that is shorter than the fault needs to show itself is refused by the reader: the cut show must
            // be a file like any other.
            fits && (fault.kind.is_momentary() || fault.lasts >= fault.kind.stability())
        });
        self.events.retain_mut(|event| {
            let (fits, rest) = (event.at <= duration, rest(event.at));
            if let Some(lasts) = event.action.lasts_mut() {
                *lasts = (*lasts).min(rest);
            }
            fits
        });
    }
}

#[cfg(test)]
mod tests {
    use super::{Duration, Scenario};

    #[test]
    fn shorter_shows_are_scenarios() {
        for name in ["smoke", "evening-show"] {
            let scenario = Scenario::builtin(name).expect(name);
            for seconds in [1, 5, 31, 58, 74, 119] {
                let mut less = scenario.clone();
                less.cut(Duration::from_secs(seconds));
                assert_eq!(Scenario::parse(&less.name, &less.to_toml()).expect("right"), less);
            }
        }
    }
}
