// Runs the simulator beside the page, so that the page answers while a run goes on.
let call;
onmessage = async ({ data }) => {
  call ??= await claque(data.compiled, (piece) => postMessage({ piece }));
  if (data.name) postMessage({ number: data.number, answer: await call(data.name, data.given) });
};
