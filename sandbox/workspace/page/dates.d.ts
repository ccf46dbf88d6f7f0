// Types of dates.js for callers that are type-checked.
export declare function dateOfTs(ts: string): Date;
export declare function relativeTime(date: Date, now: Date): string;
export declare function clockTime(date: Date): string;
export declare function fullTime(date: Date): string;
export declare function dayKey(date: Date): string;
export declare function dayName(date: Date, now: Date): string;
export declare function slackDate(format: string, date: Date, now: Date): string;
