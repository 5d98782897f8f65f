//! A shorter show.

use claque_core::Duration;

use super::{Action, FaultKind, Scenario};

impl Scenario {
    /// Shortens the show: what would begin after its end is taken out, what would last longer is cut or taken out.
    pub fn cut(&mut self, duration: Duration) {
        let rest = |at: Duration| Duration::from_micros(duration.as_micros().saturating_sub(at.as_micros()));
        self.duration = duration;
        self.faults.retain_mut(|fault| {
            let fits = fault.at <= duration;
            fault.lasts = fault.lasts.min(rest(fault.at));
            let steps = matches!(fault.kind, FaultKind::ClockStep { .. });
            fits && (steps || fault.lasts >= fault.kind.stability())
        });
        self.events.retain_mut(|event| {
            let (fits, rest) = (event.at <= duration, rest(event.at));
            match &mut event.action {
                Action::DrainGroup { over }
                | Action::JoinWave { over, .. }
                | Action::LeaveWave { over, .. }
                | Action::ReopenGroup { over, .. } => *over = (*over).min(rest),
                Action::Messages(stream) => stream.lasts = stream.lasts.min(rest),
                Action::MuteUsers { lasts, .. } => *lasts = (*lasts).min(rest),
                Action::BudgetBurst { .. }
                | Action::ChangeAdmins { .. }
                | Action::CreateGroup
                | Action::DeleteDuringSend { .. }
                | Action::DeleteGroup
                | Action::DisableApp(_)
                | Action::EnableApp(_)
                | Action::Kick { .. }
                | Action::ModifyGroup { .. }
                | Action::MuteAll
                | Action::QuotaBurst { .. }
                | Action::Recall { .. }
                | Action::RestoreAtEdge { .. }
                | Action::RestoreGroup
                | Action::RetentionEdge { .. }
                | Action::TimeJump { .. }
                | Action::UnmuteAll => {}
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
