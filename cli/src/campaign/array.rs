//! The array contract: engines start one command many times, and tell each task which one it is. One table of what each
//! engine calls that, and one way to read it.

use std::fmt::Write as _;

/// Where an engine begins to count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FirstIndex {
    Zero,
    One,
    /// Where the array of the job begins, and its step, are in these variables.
    Given {
        first: &'static str,
        step: &'static str,
    },
}

/// What an engine tells its tasks.
#[derive(Clone, Copy, Debug)]
pub(super) struct ArrayEngine {
    /// The word for `--array`.
    pub(super) name: &'static str,
    /// What it is.
    engine: &'static str,
    /// The variable with the task's index.
    index: &'static str,
    first: FirstIndex,
    /// The variable with the number of tasks, where the engine tells it.
    count: Option<&'static str>,
    /// The page that says so.
    page: &'static str,
}

/// The number of tasks, where the engine does not tell it.
pub(super) const COUNT: &str = "CLAQUE_ARRAY_COUNT";

/// Every engine. `auto` takes the first whose variable is set, so that the order matters where one engine runs within
/// another: HyperQueue's workers are often tasks of Slurm, and what a person sets by hand holds before all.
pub(super) const ENGINES: [ArrayEngine; 10] = [
    // GitHub tells no task its number through the environment: the workflow passes on `strategy.job-index` and
    // `strategy.job-total` (https://docs.github.com/en/actions/reference/workflows-and-actions/contexts, "strategy").
    ArrayEngine {
        name: "github",
        engine: "a GitHub Actions matrix, or anything that sets the two variables",
        index: "CLAQUE_ARRAY_INDEX",
        first: FirstIndex::Zero,
        count: Some(COUNT),
        page: "https://docs.github.com/en/actions/reference/workflows-and-actions/contexts",
    },
    ArrayEngine {
        name: "hyperqueue",
        engine: "a HyperQueue task array (`--array 0-N`)",
        index: "HQ_TASK_ID",
        first: FirstIndex::Zero,
        count: None,
        page: "https://it4innovations.github.io/hyperqueue/stable/jobs/arrays/",
    },
    ArrayEngine {
        name: "slurm",
        engine: "a Slurm job array",
        index: "SLURM_ARRAY_TASK_ID",
        first: FirstIndex::Given { first: "SLURM_ARRAY_TASK_MIN", step: "SLURM_ARRAY_TASK_STEP" },
        count: Some("SLURM_ARRAY_TASK_COUNT"),
        page: "https://slurm.schedmd.com/job_array.html",
    },
    ArrayEngine {
        name: "aws-batch",
        engine: "an AWS Batch array job",
        index: "AWS_BATCH_JOB_ARRAY_INDEX",
        first: FirstIndex::Zero,
        count: Some("AWS_BATCH_JOB_ARRAY_SIZE"),
        page: "https://docs.aws.amazon.com/batch/latest/userguide/job_env_vars.html",
    },
    ArrayEngine {
        name: "google-batch",
        engine: "a Google Cloud Batch job",
        index: "BATCH_TASK_INDEX",
        first: FirstIndex::Zero,
        count: Some("BATCH_TASK_COUNT"),
        page: "https://cloud.google.com/batch/docs/create-run-basic-job",
    },
    ArrayEngine {
        name: "cloud-run",
        engine: "a Google Cloud Run job",
        index: "CLOUD_RUN_TASK_INDEX",
        first: FirstIndex::Zero,
        count: Some("CLOUD_RUN_TASK_COUNT"),
        page: "https://cloud.google.com/run/docs/container-contract",
    },
    ArrayEngine {
        name: "kubernetes",
        engine: "a Kubernetes Indexed Job",
        index: "JOB_COMPLETION_INDEX",
        first: FirstIndex::Zero,
        count: None,
        page: "https://kubernetes.io/docs/tasks/job/indexed-parallel-processing-static/",
    },
    ArrayEngine {
        name: "nomad",
        engine: "a Nomad batch job with a count",
        index: "NOMAD_ALLOC_INDEX",
        first: FirstIndex::Zero,
        count: None,
        page: "https://developer.hashicorp.com/nomad/docs/runtime",
    },
    ArrayEngine {
        name: "buildkite",
        engine: "a Buildkite step with parallelism",
        index: "BUILDKITE_PARALLEL_JOB",
        first: FirstIndex::Zero,
        count: Some("BUILDKITE_PARALLEL_JOB_COUNT"),
        page: "https://buildkite.com/docs/pipelines/configure/environment-variables",
    },
    ArrayEngine {
        name: "gitlab",
        engine: "a GitLab CI job with `parallel`",
        index: "CI_NODE_INDEX",
        first: FirstIndex::One,
        count: Some("CI_NODE_TOTAL"),
        page: "https://docs.gitlab.com/ci/variables/predefined_variables/",
    },
];

/// One of so many tasks: it takes each unit whose number leaves its index when divided by the count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ArrayTask {
    /// Counted from 0.
    pub(super) index: u64,
    pub(super) count: u64,
}

impl ArrayTask {
    /// Whether a unit is its to run.
    // Taken in turns: long units lie beside one another, and a task that got a block of them would be the last.
    pub(super) const fn has(self, unit: u64) -> bool {
        unit % self.count == self.index
    }
}

/// A variable of the environment.
type Lookup<'l> = &'l dyn Fn(&str) -> Option<String>;

/// The task that a word means: `auto`, the name of an engine, or `I/N` with I from 0.
pub(super) fn task(word: &str, tasks: Option<u64>, lookup: Lookup<'_>) -> Result<ArrayTask, String> {
    if let Some((index, count)) = word.split_once('/') {
        let task =
            index.parse().ok().zip(count.parse().ok()).map(|(index, count)| ArrayTask { index, count });
        let wrong = || format!("`{word}` is not a task: write I/N with I from 0 to N - 1, such as 0/8");
        return task.filter(|task| task.index < task.count).ok_or_else(wrong);
    }
    let engine = if word == "auto" {
        ENGINES.iter().find(|engine| lookup(engine.index).is_some()).ok_or_else(unrecognised)?
    } else {
        ENGINES.iter().find(|engine| engine.name == word).ok_or_else(|| unknown(word))?
    };
    engine.task(tasks, lookup)
}

fn unknown(word: &str) -> String {
    let names: Vec<&str> = ENGINES.iter().map(|engine| engine.name).collect();
    format!("`{word}` is no engine: write auto, I/N with I from 0 to N - 1, or one of {}", names.join(", "))
}

fn unrecognised() -> String {
    let mut text = "auto: this is no task of an array, since none of these variables is set:".to_owned();
    for engine in &ENGINES {
        // A string takes everything.
        let _written = write!(text, "\n  {:26} {}", engine.index, engine.engine);
    }
    text.push_str("\nwrite I/N with I from 0 to N - 1, or leave --array away to run every unit");
    text
}

impl ArrayEngine {
    fn number(variable: &str, lookup: Lookup<'_>) -> Result<Option<u64>, String> {
        let Some(word) = lookup(variable) else { return Ok(None) };
        let wrong = || format!("{variable} is `{word}`, which is no whole number");
        word.trim().parse().map(Some).map_err(|_| wrong())
    }

    fn task(&self, tasks: Option<u64>, lookup: Lookup<'_>) -> Result<ArrayTask, String> {
        let Self { name, engine, index: variable, count, page, .. } = self;
        let given = Self::number(variable, lookup)?;
        let given =
            given.ok_or_else(|| format!("{name}: {variable} is not set; {engine} sets it ({page})"))?;
        let known = match count {
            Some(count) => Self::number(count, lookup)?,
            None => None,
        };
        let by_hand = Self::number(COUNT, lookup)?;
        let count = tasks.or(known).or(by_hand).filter(|count| *count > 0).ok_or_else(|| {
            let why = count.map_or_else(
                || format!("{engine} does not tell its tasks how many there are"),
                |count| format!("{count} is not set"),
            );
            format!(
                "{name}: {why}: set {COUNT} for the job to the number of its tasks, or say --array-count N"
            )
        })?;
        let index = match self.first {
            FirstIndex::Zero => Some(given),
            FirstIndex::One => given.checked_sub(1),
            FirstIndex::Given { first, step } => {
                let first = Self::number(first, lookup)?.unwrap_or(0);
                let step = Self::number(step, lookup)?.unwrap_or(1).max(1);
                given.checked_sub(first).filter(|past| past % step == 0).map(|past| past / step)
            }
        };
        let index = index.filter(|index| *index < count).ok_or_else(|| {
            format!(
                "{name}: {variable} is {given}, which is none of the {count} tasks: an array has no gaps here; \
                 --array I/N says which task this is"
            )
        })?;
        Ok(ArrayTask { index, count })
    }
}

#[cfg(test)]
mod tests {
    use super::{ArrayTask, COUNT, ENGINES, task};

    /// The task that an environment means.
    fn within(word: &str, given: Option<u64>, set: &[(&str, &str)]) -> Result<ArrayTask, String> {
        let find = |name: &str| set.iter().find(|(known, _)| *known == name).map(|(_, it)| (*it).to_owned());
        task(word, given, &find)
    }

    /// What an engine tells the third of eight tasks, as its documentation shows it.
    fn third_of_eight(name: &str) -> Vec<(&'static str, &'static str)> {
        match name {
            "github" => vec![("CLAQUE_ARRAY_INDEX", "2"), (COUNT, "8")],
            "hyperqueue" => vec![("HQ_JOB_ID", "1"), ("HQ_TASK_ID", "2"), (COUNT, "8")],
            "slurm" => vec![
                ("SLURM_ARRAY_TASK_ID", "5"),
                ("SLURM_ARRAY_TASK_MIN", "1"),
                ("SLURM_ARRAY_TASK_MAX", "15"),
                ("SLURM_ARRAY_TASK_STEP", "2"),
                ("SLURM_ARRAY_TASK_COUNT", "8"),
            ],
            "aws-batch" => vec![("AWS_BATCH_JOB_ARRAY_INDEX", "2"), ("AWS_BATCH_JOB_ARRAY_SIZE", "8")],
            "google-batch" => vec![("BATCH_TASK_INDEX", "2"), ("BATCH_TASK_COUNT", "8")],
            "cloud-run" => vec![("CLOUD_RUN_TASK_INDEX", "2"), ("CLOUD_RUN_TASK_COUNT", "8")],
            "kubernetes" => vec![("JOB_COMPLETION_INDEX", "2"), (COUNT, "8")],
            "nomad" => vec![("NOMAD_ALLOC_INDEX", "2"), (COUNT, "8")],
            "buildkite" => vec![("BUILDKITE_PARALLEL_JOB", "2"), ("BUILDKITE_PARALLEL_JOB_COUNT", "8")],
            "gitlab" => vec![("CI_NODE_INDEX", "3"), ("CI_NODE_TOTAL", "8")],
            other => panic!("{other} has no example"),
        }
    }

    #[test]
    fn each_engine_is_recognised_by_what_it_tells() {
        for engine in &ENGINES {
            let set = third_of_eight(engine.name);
            for word in ["auto", engine.name] {
                let task = within(word, None, &set);
                assert_eq!(task, Ok(ArrayTask { index: 2, count: 8 }), "{} by {word}", engine.name);
            }
            assert!(engine.page.starts_with("https://"), "{}: no page says so", engine.name);
        }
    }

    #[test]
    fn what_an_engine_does_not_tell_is_asked_for() {
        for engine in &ENGINES {
            let mut set = third_of_eight(engine.name);
            let counts: Vec<&str> = engine.count.into_iter().chain([COUNT]).collect();
            set.retain(|(name, _)| !counts.contains(name));
            let said = within(engine.name, None, &set).expect_err(engine.name);
            assert!(said.contains(&format!("set {COUNT}")) && said.contains("--array-count"), "{said}");
            assert_eq!(within("auto", Some(8), &set).map(|task| task.index), Ok(2), "{}", engine.name);
            let none = within(engine.name, None, &[]).expect_err(engine.name);
            assert!(none.contains(&format!("{} is not set", engine.index)), "{none}");
            let odd = within(engine.name, Some(8), &[(engine.index, "two")]).expect_err(engine.name);
            assert!(odd.contains("is `two`, which is no whole number"), "{odd}");
        }
    }

    #[test]
    fn an_engine_within_another_is_the_one_that_is_meant() {
        let mut set = third_of_eight("slurm");
        set.extend([("HQ_TASK_ID", "4"), (COUNT, "5")]);
        assert_eq!(within("auto", None, &set), Ok(ArrayTask { index: 4, count: 5 }));
        assert_eq!(within("slurm", None, &set), Ok(ArrayTask { index: 2, count: 8 }));
    }

    #[test]
    fn tasks_that_cannot_be_are_refused() {
        for word in ["8/8", "1/0", "a/2", "/"] {
            assert!(within(word, None, &[]).is_err_and(|said| said.contains("is not a task")), "{word}");
        }
        assert!(
            within("slum", None, &[]).is_err_and(|said| said.contains("one of github, hyperqueue, slurm"))
        );
        assert!(within("auto", None, &[]).is_err_and(|said| said.contains("JOB_COMPLETION_INDEX")));
        // A list of single indices has gaps, and nothing tells which of them is the third.
        let gaps =
            [("SLURM_ARRAY_TASK_ID", "9"), ("SLURM_ARRAY_TASK_MIN", "3"), ("SLURM_ARRAY_TASK_COUNT", "3")];
        assert!(
            within("slurm", None, &gaps).is_err_and(|said| said.contains("which is none of the 3 tasks"))
        );
        assert!(within("gitlab", None, &[("CI_NODE_INDEX", "0"), ("CI_NODE_TOTAL", "2")]).is_err());
    }

    #[test]
    fn tasks_together_take_each_unit_once() {
        for unit in 0..50 {
            let takers = (0..8).filter(|index| ArrayTask { index: *index, count: 8 }.has(unit)).count();
            assert_eq!(takers, 1, "unit {unit}");
        }
    }
}
