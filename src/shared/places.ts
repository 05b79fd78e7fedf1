/** What a process may serve for people and scrapers. */
export type Place = "metrics" | "page";

const places = new Map<Place, string>();

/**
 * Says where something is served, for the line that a program writes at its start.
 * @returns a function that takes it back
 */
export function servePlace(place: Place, url: string): () => void {
  places.set(place, url);
  return () => {
    if (places.get(place) === url) places.delete(place);
  };
}

/** Where it is served; undefined where it is not, or not known to be. */
export function placeOf(place: Place): string | undefined {
  return places.get(place);
}
