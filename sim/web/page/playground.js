// The playground: what its buttons do.
(() => {
  const by = (id) => document.getElementById(id);
  const [line, state, results, time, play] = ["line", "state", "results", "time", "play"].map(by);
  const anySeed = () => Math.floor(Math.random() * 2 ** 32);
  let compiled, worker, waiting = new Map(), calls = 0;
  /// The run that is shown, the line of the one before it, and whether one goes on.
  let run = null, before = null, goesOn = false;

  /// The module, as it stands in the page: gzip in base64.
  const unpack = async () => {
    const bytes = Uint8Array.from(atob(by("module").textContent.trim()), (character) => character.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    compiled = await WebAssembly.compile(await new Response(stream).arrayBuffer());
  };
  const start = () => {
    // A worker of its own file would not be loaded by a page that is itself a file.
    const address = URL.createObjectURL(new Blob([by("worker").textContent], { type: "text/javascript" }));
    worker = new Worker(address);
    URL.revokeObjectURL(address);
    worker.onmessage = ({ data }) => {
      if (data.piece) return grow(data.piece);
      waiting.get(data.number)?.(data.answer);
      waiting.delete(data.number);
    };
    worker.postMessage({ compiled });
  };
  /// The answer of the simulator; never comes when it is stopped before.
  const ask = (name, given) => new Promise((answered) => {
    calls += 1;
    waiting.set(calls, answered);
    worker.postMessage({ number: calls, name, given });
  });

  const show = (html) => {
    results.innerHTML = html;
    drawPlots();
  };
  const refuse = (words) => {
    by("wrong").hidden = !words;
    by("wrong").textContent = words ?? "";
  };
  const badge = (style, word) => {
    by("badge").className = `badge ${style}`;
    by("badge").textContent = word;
  };
  const busy = (is, words) => {
    goesOn = is;
    state.textContent = words;
    by("stop").disabled = !is;
    for (const id of ["time", "play", "reading", "alternative", "switch", "fork", "fork-seed"]) by(id).disabled = is || !run;
    by("compare").disabled = is || !run || !before || before === run.identity;
  };

  // Of the pieces that come between two pictures of the screen only the last is drawn.
  let piece = null;
  const grow = (grown) => {
    if (piece === null) requestAnimationFrame(() => {
      if (goesOn && piece) {
        by("progress").value = Math.min(1, piece.passed / piece.length);
        state.textContent = `Running: ${clock(Math.floor(piece.passed / second) * second)} of ${clock(piece.length)}`;
        show(piece.html);
      }
      piece = null;
    });
    piece = grown;
  };

  const play_line = async (text) => {
    if (goesOn) halt();
    stopPlaying();
    refuse();
    by("changed").replaceChildren();
    by("progress").value = 0;
    busy(true, "Running");
    badge("dim", "running");
    const begun = performance.now();
    const answer = await ask("run", text);
    if (answer.error) {
      badge("dim", "not run");
      refuse(answer.error);
      // What is shown is no run to go on from.
      run = null;
      results.replaceChildren();
      busy(false, "The line was not run");
      return false;
    }
    if (run) before = run.identity;
    run = answer;
    line.value = run.identity;
    by("identity").textContent = run.identity;
    by("name").textContent = run.name;
    by("says").textContent = run.says;
    badge(...run.badge);
    by("progress").value = 1;
    time.max = Math.max(1, Math.ceil(run.length / run.slice));
    time.value = time.max;
    by("at").textContent = clock(run.length);
    show(run.html);
    await fillReadings();
    busy(false, `Done in ${((performance.now() - begun) / 1000).toFixed(1)} s, hash ${run.hash}`);
    return true;
  };
  const halt = () => {
    worker.terminate();
    waiting = new Map();
    piece = null;
    start();
  };

  const fillReadings = async () => {
    const { readings } = await ask("readings", run.identity);
    run.readings = readings;
    const chosen = by("reading").value;
    by("reading").replaceChildren(...readings.map((reading) => {
      const changed = reading.value === reading.default ? "" : `: ${reading.value}`;
      return new Option(reading.id + changed, reading.id, false, reading.id === chosen);
    }));
    fillAlternatives();
  };
  const fillAlternatives = () => {
    const reading = run.readings.find((it) => it.id === by("reading").value);
    by("question").textContent = reading.question;
    const marks = (word) => [word === reading.default && "default", word === reading.value && "in this run"].filter(Boolean).join(", ");
    by("alternative").replaceChildren(...reading.alternatives.map((word) => new Option(marks(word) ? `${word} (${marks(word)})` : word, word)));
    // The one that changes something.
    by("alternative").value = reading.alternatives.find((word) => word !== reading.value);
  };
  const compare = async () => {
    refuse();
    busy(true, "Comparing with the run before");
    const answer = await ask("compare", `${before}\n${run.identity}`);
    busy(false, answer.error ? "Not compared" : "Compared with the run before");
    if (answer.error) return refuse(answer.error);
    by("changed").innerHTML = answer.html;
    by("changed").focus({ preventScroll: true });
    by("changed").scrollIntoView({ block: "nearest" });
  };

  // One question about a moment at a time: the slider moves faster than pages are made.
  let wanted = null, asking = false;
  /// Where a place of the slider is in the run. Unit: microseconds.
  const moment = (place) => Math.min(place * run.slice, run.length);
  const look = async () => {
    const place = Number(time.value), at = moment(place);
    by("at").textContent = clock(Math.round(at / 1000) * 1000);
    wanted = place;
    if (asking) return;
    asking = true;
    try {
      for (let shown = null; shown !== wanted;) {
        shown = wanted;
        if (shown === Number(time.max)) show(run.html);
        else show((await ask("moment", moment(shown))).html);
      }
    } finally {
      asking = false;
    }
  };
  let timer = null;
  const stopPlaying = () => {
    clearInterval(timer);
    timer = null;
    play.textContent = "Play";
  };
  const startPlaying = () => {
    if (time.value === time.max) time.value = 0;
    play.textContent = "Pause";
    timer = setInterval(() => {
      time.value = Number(time.value) + 1;
      look();
      if (time.value === time.max) stopPlaying();
    }, 100);
  };

  by("run-form").addEventListener("submit", (event) => { event.preventDefault(); play_line(line.value); });
  line.addEventListener("keydown", (event) => {
    // A line has no second line.
    if (event.key === "Enter") { event.preventDefault(); by("run-form").requestSubmit(); }
  });
  by("other-seed").addEventListener("click", () => play_line(`${line.value} --seed ${anySeed()}`));
  by("stop").addEventListener("click", () => {
    halt();
    badge("dim", "stopped");
    run = null;
    busy(false, "Stopped");
  });
  time.addEventListener("input", () => { stopPlaying(); look(); });
  play.addEventListener("click", () => timer === null ? startPlaying() : stopPlaying());
  by("fork-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    stopPlaying();
    refuse();
    const answer = await ask("fork", `${run.identity}\n${moment(Number(time.value))}us=${by("fork-seed").value.trim() || anySeed()}`);
    if (answer.error) return refuse(answer.error);
    if (await play_line(answer.identity)) await compare();
  });
  by("reading").addEventListener("change", fillAlternatives);
  by("compare").addEventListener("click", compare);
  by("reading-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    if (await play_line(`${run.identity} --reading ${by("reading").value}=${by("alternative").value}`)) await compare();
  });

  unpack().then(() => {
    start();
    return play_line(line.value);
  }, (error) => {
    busy(false, "Not started");
    refuse(`This browser cannot run the simulator: ${error}`);
  });
})();
