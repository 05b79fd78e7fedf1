/** The endpoints that a process can serve. */
export type Place = "metrics" | "page";

const places = new Map<Place, string>();

/**
 * Notes where an endpoint is served, for the line that a program logs at its start.
 * @returns a function that removes the note
 */
export function servePlace(place: Place, url: string): () => void {
  places.set(place, url);
  return () => {
    if (places.get(place) === url) places.delete(place);
  };
}

/** The address of the endpoint; undefined if it is not served or not known. */
export function placeOf(place: Place): string | undefined {
  return places.get(place);
}
