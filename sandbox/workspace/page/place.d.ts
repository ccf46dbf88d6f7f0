// Types of place.js for callers that are type-checked.
export type Place = { user?: string; channel?: string; thread?: string; home?: boolean };

export declare function parsePlace(hash: string): Place;
export declare function formatPlace(place: Place): string;
