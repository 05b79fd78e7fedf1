const FRAME = /(?:\(|at )((?:file:\/\/)?[^()]+:\d+:\d+)\)?$/;
/** Up to the folder that holds the package's modules, built or not. */
const OURS = /^.*\/(?:src|dist)\//;

/**
 * Keeps `file:line:column` of the code that called into this package, to name a declaration in messages;
 * undefined where the engine does not say, or where a bundle has both in one folder. Every declaration is
 * noted, and few are ever named: the engine puts a place into words, which takes it long, when it is asked.
 */
export function callSite(): () => string | undefined {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 12;
  const here = new Error();
  Error.stackTraceLimit = limit;
  return () => placeOf(here);
}

function placeOf({ stack }: Error): string | undefined {
  const places = (stack?.split("\n").slice(1) ?? []).flatMap(
    (line) => FRAME.exec(line)?.[1]?.replace("file://", "") ?? [],
  );
  // The first frame is this function's: no module has to know its own path, which bundles do not have.
  const ours = OURS.exec(places[0] ?? "")?.[0];
  return ours === undefined ? undefined : places.find((place) => !place.startsWith(ours));
}
