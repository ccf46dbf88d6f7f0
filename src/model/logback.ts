// A server's log4j.properties as a logback.xml: what ZooKeeper reads from 3.8 on in its place (ZOOKEEPER-4427). Pure.
//
// Placeholders are filled in with what the running server had, so that the log goes on in the same file whatever the next
// start script sets. Sources: log4j 1.2, PropertyConfigurator and PatternLayout; logback 1.2, appenders and layouts.
import { entriesOf, parseZooCfg } from "./zoo-cfg.ts";

/** The file as it stands and the system properties it may refer to. */
export type Log4j = {
  /** log4j.properties; values of keys that name a secret are not in it. */
  readonly text: string;
  /** `-Dkey=value` of the running server, of keys that begin with `zookeeper.`. */
  readonly properties: Readonly<Record<string, string>>;
  /** The process's own folder: what a relative file is relative to. */
  readonly cwd: string;
};

export type Logback = {
  readonly text: string;
  /** What is carried over, short: `root INFO`, `ROLLINGFILE /var/log/zookeeper.log, 10MB × 10`. */
  readonly carried: readonly string[];
  /** What is not, short: `SYSLOG (org.apache.log4j.net.SyslogAppender)`. */
  readonly left: readonly string[];
};

const DEFAULT_PATTERN = "%d{ISO8601} [myid:%X{myid}] - %-5p [%t:%C{0}@%L] - %m%n";
/** FixedWindowRollingPolicy keeps no more (logback, MAX_WINDOW_SIZE). */
const MAX_WINDOW = 20;
const LEVELS: Readonly<Record<string, string>> = { FATAL: "ERROR" };
const KNOWN_LEVELS = ["OFF", "ERROR", "WARN", "INFO", "DEBUG", "TRACE", "ALL"];

type Reading = {
  readonly value: (key: string) => string | null;
  readonly keys: readonly string[];
  readonly cwd: string;
  readonly left: string[];
};

/** Never throws: what cannot be carried over is said in `left`, and the text is always one that logs. */
export const logbackFrom = ({ text, properties, cwd }: Log4j): Logback => {
  const entries = entriesOf(parseZooCfg(text));
  const filled = (value: string, depth = 0): string =>
    value.replace(/\$\{([^}]*)\}/g, (_all, name: string) =>
      depth > 8 ? "" : filled(properties[name] ?? entries.get(name) ?? "", depth + 1).trim(),
    );
  const reading: Reading = {
    value: (key) => {
      const found = entries.get(key);
      return found === undefined ? null : filled(found).trim();
    },
    keys: [...entries.keys()],
    cwd,
    left: [],
  };
  const root = levelAndAppenders(reading.value("log4j.rootLogger") ?? reading.value("log4j.rootCategory") ?? "");
  const loggers = loggersOf(reading);
  const wanted = [...new Set([root, ...loggers.map(({ of }) => of)].flatMap(({ appenders }) => appenders))];
  const appenders = new Map(
    wanted.flatMap((name) => {
      const appender = appenderOf(reading, name);
      return appender === null ? [] : [[name, appender] as const];
    }),
  );
  const rootRefs = root.appenders.filter((name) => appenders.has(name));
  const needsDefault = rootRefs.length === 0;
  const rootLevel = levelIn(reading, "root", root.level) ?? "INFO";
  const refs = (names: readonly string[]): readonly string[] =>
    names.filter((name) => appenders.has(name)).map((name) => `    <appender-ref ref="${xml(name)}"/>`);
  const loggerLines = loggers.flatMap(({ name, of, additive }) => {
    const level = of.level === "" ? null : levelIn(reading, name, of.level);
    const attributes = `name="${xml(name)}"${level === null ? "" : ` level="${level}"`}${additive ? "" : ' additivity="false"'}`;
    return [`  <logger ${attributes}>`, ...refs(of.appenders), "  </logger>"];
  });
  return {
    text: [
      "<!-- Written by zkshift from log4j.properties, which ZooKeeper no longer reads from 3.8 on. -->",
      "<configuration>",
      ...[...appenders.values()].flatMap(({ lines }) => lines),
      ...(needsDefault ? consoleLines("ZKSHIFT_CONSOLE", []) : []),
      ...loggerLines,
      `  <root level="${rootLevel}">`,
      ...(needsDefault ? ['    <appender-ref ref="ZKSHIFT_CONSOLE"/>'] : refs(rootRefs)),
      "  </root>",
      "</configuration>",
      "",
    ].join("\n"),
    carried: [
      `root ${rootLevel}${needsDefault ? " to the console" : ""}`,
      ...[...appenders].map(([name, { said }]) => `${name} ${said}`),
      ...loggers.map(({ name, of }) => `${name} ${of.level}`.trim()),
    ],
    left: reading.left,
  };
};

type LevelAndAppenders = { readonly level: string; readonly appenders: readonly string[] };

const levelAndAppenders = (value: string): LevelAndAppenders => {
  const [level = "", ...appenders] = value.split(",").map((part) => part.trim());
  return { level, appenders: appenders.filter((name) => name !== "") };
};

const levelIn = ({ left }: Reading, where: string, level: string): string | null => {
  const upper = level.toUpperCase();
  if (KNOWN_LEVELS.includes(upper)) return upper;
  if (LEVELS[upper] !== undefined) return LEVELS[upper];
  if (level !== "" && !/^(inherited|null)$/i.test(level)) left.push(`level ${level} of ${where}`);
  return null;
};

const loggersOf = (reading: Reading) =>
  reading.keys.flatMap((key) => {
    const name = /^log4j\.(?:logger|category)\.(.+)$/.exec(key)?.[1];
    if (name === undefined) return [];
    const additive = reading.value(`log4j.additivity.${name}`)?.toLowerCase() !== "false";
    return [{ name, of: levelAndAppenders(reading.value(key) ?? ""), additive }];
  });

type Appender = { readonly lines: readonly string[]; readonly said: string };

const appenderOf = (reading: Reading, name: string): Appender | null => {
  const kind = reading.value(`log4j.appender.${name}`);
  const option = optionsOf(reading, name);
  const inner = [...thresholdLines(reading, name, option("threshold")), ...encoderLines(reading, name)];
  if (kind === "org.apache.log4j.ConsoleAppender") {
    const target = option("target") === "System.err" ? ["    <target>System.err</target>"] : [];
    return { lines: appenderLines(name, "ConsoleAppender", [...target, ...inner]), said: "to the console" };
  }
  const named = option("file");
  const file = named === null || named === "" ? null : absolute(named, reading.cwd);
  const fileLine = `    <file>${xml(file ?? "")}</file>`;
  if (file !== null && kind === "org.apache.log4j.FileAppender") {
    const append = option("append") === "false" ? ["    <append>false</append>"] : [];
    return { lines: appenderLines(name, "FileAppender", [fileLine, ...append, ...inner]), said: file };
  }
  if (file !== null && kind === "org.apache.log4j.RollingFileAppender") {
    const size = (option("maxfilesize") ?? option("maximumfilesize") ?? "10MB").replaceAll(/\s/g, "").toUpperCase();
    const asked = Number(option("maxbackupindex") ?? "1");
    const backups = Math.min(MAX_WINDOW, Math.max(1, Number.isInteger(asked) ? asked : 1));
    if (backups !== asked) reading.left.push(`${name} keeps ${backups} old files, not ${option("maxbackupindex")}`);
    const lines = [
      fileLine,
      '    <rollingPolicy class="ch.qos.logback.core.rolling.FixedWindowRollingPolicy">',
      `      <fileNamePattern>${inPattern(file)}.%i</fileNamePattern>`,
      "      <minIndex>1</minIndex>",
      `      <maxIndex>${backups}</maxIndex>`,
      "    </rollingPolicy>",
      '    <triggeringPolicy class="ch.qos.logback.core.rolling.SizeBasedTriggeringPolicy">',
      `      <maxFileSize>${xml(size)}</maxFileSize>`,
      "    </triggeringPolicy>",
      ...inner,
    ];
    return { lines: appenderLines(name, "rolling.RollingFileAppender", lines), said: `${file}, ${size} × ${backups}` };
  }
  const date = /^'([^'%{}]*)'([A-Za-z\-_.]+)$/.exec(option("datepattern") ?? "'.'yyyy-MM-dd");
  if (file !== null && kind === "org.apache.log4j.DailyRollingFileAppender" && date !== null) {
    const lines = [
      fileLine,
      '    <rollingPolicy class="ch.qos.logback.core.rolling.TimeBasedRollingPolicy">',
      `      <fileNamePattern>${inPattern(file)}${xml(date[1] ?? "")}%d{${date[2]}}</fileNamePattern>`,
      "    </rollingPolicy>",
      ...inner,
    ];
    return { lines: appenderLines(name, "rolling.RollingFileAppender", lines), said: `${file} by ${date[2]}` };
  }
  reading.left.push(`appender ${name} (${kind === null || kind === "" ? "not defined" : kind})`);
  return null;
};

/** log4j takes names of options in any case. */
const optionsOf =
  ({ keys, value }: Reading, name: string) =>
  (option: string): string | null => {
    const key = keys.findLast((one) => one.toLowerCase() === `log4j.appender.${name}.${option}`.toLowerCase());
    return key === undefined ? null : value(key);
  };

const thresholdLines = (reading: Reading, name: string, threshold: string | null): readonly string[] => {
  const level = threshold === null || threshold === "" ? null : levelIn(reading, name, threshold);
  return level === null
    ? []
    : [
        '    <filter class="ch.qos.logback.classic.filter.ThresholdFilter">',
        `      <level>${level}</level>`,
        "    </filter>",
      ];
};

const encoderLines = (reading: Reading, name: string): readonly string[] => [
  "    <encoder>",
  `      <pattern>${xml(patternOf(reading, name))}</pattern>`,
  "    </encoder>",
];

const patternOf = (reading: Reading, name: string): string => {
  const layout = optionsOf(reading, name)("layout");
  switch (layout) {
    case "org.apache.log4j.PatternLayout":
    case "org.apache.log4j.EnhancedPatternLayout":
      return convert(reading, name, optionsOf(reading, name)("layout.ConversionPattern") ?? "%m%n");
    case "org.apache.log4j.SimpleLayout":
      return "%p - %m%n";
    default:
      if (layout !== null) reading.left.push(`layout of ${name} (${layout})`);
      return DEFAULT_PATTERN;
  }
};

const DATES: Readonly<Record<string, string>> = {
  "": "ISO8601",
  ISO8601: "ISO8601",
  ABSOLUTE: '"HH:mm:ss,SSS"',
  DATE: '"dd MMM yyyy HH:mm:ss,SSS"',
};

/** A conversion pattern of log4j as logback's; parentheses group there, and of a class's name `{0}` is its last part. */
const convert = (reading: Reading, name: string, pattern: string): string =>
  pattern.replace(
    /%%|%(-?\d*(?:\.-?\d+)?)([a-zA-Z])(?:\{([^}]*)\})?|[()\\]/g,
    (all, width: string | undefined, letter: string | undefined, option: string | undefined) => {
      if (all === "%%") return "\\%";
      if (letter === undefined) return `\\${all}`;
      const of = `%${width ?? ""}`;
      switch (letter) {
        case "c":
        case "C":
          return option === "1" ? `${of}${letter}{0}` : `${of}${letter}`;
        case "d":
          return `${of}d{${DATES[option ?? ""] ?? `"${(option ?? "").replaceAll('"', "")}"`}}`;
        case "l":
          return "%C.%M\\(%F:%L\\)";
        case "X":
          return option === undefined ? `${of}X` : `${of}X{${option}}`;
        case "F":
        case "L":
        case "m":
        case "M":
        case "n":
        case "p":
        case "r":
        case "t":
          return `${of}${letter}`;
        default:
          reading.left.push(`${all} in the pattern of ${name}`);
          return "";
      }
    },
  );

const appenderLines = (name: string, kind: string, lines: readonly string[]): readonly string[] => [
  `  <appender name="${xml(name)}" class="ch.qos.logback.core.${kind}">`,
  ...lines,
  "  </appender>",
];

const consoleLines = (name: string, more: readonly string[]): readonly string[] =>
  appenderLines(name, "ConsoleAppender", [
    ...more,
    "    <encoder>",
    `      <pattern>${DEFAULT_PATTERN}</pattern>`,
    "    </encoder>",
  ]);

const absolute = (file: string, cwd: string): string =>
  file.startsWith("/") ? file : `${cwd.replace(/\/+$/, "")}/${file.replace(/^(\.\/)+/, "")}`;

const xml = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

/** A file's name where `%` would begin a conversion word. */
const inPattern = (file: string): string => xml(file.replaceAll("%", "\\%"));
