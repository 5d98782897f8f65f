// The module for wasm32 as functions of texts. Used by the page's worker, and by the comparison of hashes.

/// Makes an instance. `grown` is given how far a run is; the answer to a call that broke an assertion is its words.
const claque = async (compiled, grown) => {
  let instance;
  let broken = "";
  const text = (at, length) => new TextDecoder().decode(new Uint8Array(instance.exports.memory.buffer, at, length));
  const page = {
    claque_grown: (at, length) => grown(JSON.parse(text(at, length))),
    claque_panicked: (at, length) => { broken = text(at, length); },
  };
  const begin = async () => {
    instance = await WebAssembly.instantiate(compiled, { page });
    instance.exports.begin();
  };
  await begin();
  /// Calls a function of the module by its name, with a text or a number.
  return async (name, given) => {
    try {
      let length;
      if (typeof given === "string") {
        const bytes = new TextEncoder().encode(given);
        // First the room, then the memory: it may have to grow, and the buffer before is then no longer one.
        const room = instance.exports.input(bytes.length);
        new Uint8Array(instance.exports.memory.buffer, room, bytes.length).set(bytes);
        length = instance.exports[name]();
      } else {
        length = instance.exports[name](given);
      }
      return JSON.parse(text(instance.exports.output(), length));
    } catch (trap) {
      const words = broken || String(trap);
      broken = "";
      // What a broken assertion leaves behind answers no more calls.
      await begin();
      return { error: `The simulator broke one of its own assertions: ${words}` };
    }
  };
};
