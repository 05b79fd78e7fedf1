const FRAME = /(?:\(|at )((?:file:\/\/)?[^()]+:\d+:\d+)\)?$/;
/** The path up to the folder with the package's modules, built or not. */
const OURS = /^.*\/(?:src|dist)\//;

/**
 * Records where the caller of this package is. The returned function gives it as `file:line:column`, for
 * messages. It gives undefined if the engine does not know, or if a bundle puts the caller and this package
 * into one folder. Every declaration records its place, but few ever show it. So the slow part, formatting
 * the stack, runs only when the function is called.
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
  // The first frame is `callSite` itself. So no module has to know its own path, which a bundle has not.
  const ours = OURS.exec(places[0] ?? "")?.[0];
  return ours === undefined ? undefined : places.find((place) => !place.startsWith(ours));
}
