// Moments as people read them: "20:15", "3 min ago", "Monday, 5 October", and Slack's <!date^…> tokens. Pure: the time
// zone and language are the browser's, the present is an argument.

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/**
 * @param {string} ts a Slack message timestamp, "1700000000.000100"
 * @returns {Date}
 */
export function dateOfTs(ts) {
  return new Date(Number.parseFloat(ts) * 1000);
}

/**
 * @param {Date} date
 * @param {Date} now
 * @returns {string} "just now", "3 min ago", "2 h ago", "5 days ago"
 */
export function relativeTime(date, now) {
  const seconds = Math.round((now.getTime() - date.getTime()) / 1000);
  if (seconds < -MINUTE) return clockTime(date);
  if (seconds < MINUTE) return "just now";
  if (seconds < HOUR) return `${Math.floor(seconds / MINUTE)} min ago`;
  if (seconds < DAY) return `${Math.floor(seconds / HOUR)} h ago`;
  const days = Math.floor(seconds / DAY);
  return days === 1 ? "1 day ago" : `${days} days ago`;
}

/** @param {Date} date @returns {string} "20:15" */
export function clockTime(date) {
  return `${pad(date.getHours())}:${pad(date.getMinutes())}`;
}

/** @param {Date} date @returns {string} "20:15:31" */
function clockTimeSeconds(date) {
  return `${clockTime(date)}:${pad(date.getSeconds())}`;
}

/** @param {Date} date @returns {string} everything, for a tooltip */
export function fullTime(date) {
  return `${longDay(date)} ${date.getFullYear()}, ${clockTimeSeconds(date)}`;
}

/** @param {Date} date @returns {string} a key that is equal for two moments of one local day */
export function dayKey(date) {
  return `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
}

/**
 * @param {Date} date
 * @param {Date} now
 * @returns {string} "Today", "Yesterday" or "Monday, 5 October"
 */
export function dayName(date, now) {
  if (dayKey(date) === dayKey(now)) return "Today";
  if (dayKey(date) === dayKey(new Date(now.getTime() - DAY * 1000))) return "Yesterday";
  return longDay(date);
}

/**
 * Fills a Slack date format ("{date_short} at {time}").
 * @param {string} format
 * @param {Date} date
 * @param {Date} now
 * @returns {string}
 */
export function slackDate(format, date, now) {
  const day = dayName(date, now);
  const isNear = day === "Today" || day === "Yesterday";
  const short = date.toLocaleDateString("en-GB", { day: "numeric", month: "short", year: "numeric" });
  const long = `${longDay(date)} ${date.getFullYear()}`;
  const plain = date.toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric" });
  /** @type {Readonly<Record<string, string>>} */
  const values = {
    date_num: dayKey(date),
    date: plain,
    date_short: short,
    date_long: long,
    date_pretty: isNear ? day.toLowerCase() : plain,
    date_short_pretty: isNear ? day.toLowerCase() : short,
    date_long_pretty: isNear ? day.toLowerCase() : long,
    day_divider_pretty: day,
    time: clockTime(date),
    time_secs: clockTimeSeconds(date),
    ago: relativeTime(date, now),
  };
  return format.replaceAll(/\{(\w+)\}/g, (token, name) => values[name] ?? token);
}

/** @param {Date} date */
function longDay(date) {
  return date.toLocaleDateString("en-GB", { weekday: "long", day: "numeric", month: "long" });
}

/** @param {number} number */
function pad(number) {
  return String(number).padStart(2, "0");
}
