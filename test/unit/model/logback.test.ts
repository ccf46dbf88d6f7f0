import { describe, expect, it } from "vitest";
import { logbackFrom } from "../../../src/model/logback.ts";

const from = (text: string, properties: Readonly<Record<string, string>> = {}) =>
  logbackFrom({ text, properties, cwd: "/srv/zk" });

describe("log4j.properties as logback.xml", () => {
  it("fills placeholders in: the process's own values before the file's", () => {
    const text = [
      "zookeeper.root.logger=INFO, CONSOLE",
      "zookeeper.log.dir=.",
      `log4j.rootLogger=\${zookeeper.root.logger}`,
      "log4j.appender.CONSOLE=org.apache.log4j.ConsoleAppender",
      "log4j.appender.FILE=org.apache.log4j.RollingFileAppender",
      `log4j.appender.FILE.File=\${zookeeper.log.dir}/zk.log`,
      "log4j.appender.FILE.MaxBackupIndex=50",
    ].join("\n");
    expect(from(text).carried).toEqual(["root INFO", "CONSOLE to the console"]);
    const told = from(text, { "zookeeper.root.logger": "WARN,FILE", "zookeeper.log.dir": "logs" });
    expect(told.carried).toEqual(["root WARN", "FILE /srv/zk/logs/zk.log, 10MB × 20"]);
    expect(told.left).toEqual(["FILE keeps 20 old files, not 50"]);
    expect(told.text).toContain("<file>/srv/zk/logs/zk.log</file>");
    expect(told.text).toContain('<root level="WARN">\n    <appender-ref ref="FILE"/>');
  });

  it("logs to the console where nothing of it can be carried over, and says so", () => {
    for (const text of [
      "",
      `log4j.rootLogger=\${nothing}`,
      "log4j.rootLogger=INFO, X\nlog4j.appender.X=org.example.X",
    ]) {
      const told = from(text);
      expect(told.carried[0]).toBe("root INFO to the console");
      expect(told.text).toContain('<root level="INFO">\n    <appender-ref ref="ZKSHIFT_CONSOLE"/>');
    }
    expect(from("log4j.rootLogger=INFO, X\nlog4j.appender.X=org.example.X").left).toEqual([
      "appender X (org.example.X)",
    ]);
  });

  it.each([
    [
      "%d{ISO8601} [myid:%X{myid}] - %-5p [%t:%C{1}@%L] - %m%n",
      "%d{ISO8601} [myid:%X{myid}] - %-5p [%t:%C{0}@%L] - %m%n",
    ],
    ["%d (%c) 5%% %m%n", "%d{ISO8601} \\(%c\\) 5\\% %m%n"],
    ["%d{HH:mm:ss,SSS} %m%n", "%d{&quot;HH:mm:ss,SSS&quot;} %m%n"],
  ])("converts the pattern %s", (pattern, wanted) => {
    const { text } = from(
      `log4j.rootLogger=INFO, A\nlog4j.appender.A=org.apache.log4j.ConsoleAppender\nlog4j.appender.A.layout=org.apache.log4j.PatternLayout\nlog4j.appender.A.layout.ConversionPattern=${pattern}`,
    );
    expect(text).toContain(`<pattern>${wanted}</pattern>`);
  });

  it("takes daily files, thresholds, loggers and additivity along", () => {
    const { text, carried, left } = from(
      [
        "log4j.rootLogger=FATAL, D",
        "log4j.appender.D=org.apache.log4j.DailyRollingFileAppender",
        "log4j.appender.D.file=/var/log/zk.log",
        "log4j.appender.D.Threshold=debug",
        "log4j.logger.org.apache.zookeeper.audit=TRACE, D",
        "log4j.additivity.org.apache.zookeeper.audit=false",
      ].join("\n"),
    );
    expect(left).toEqual([]);
    expect(carried).toEqual(["root ERROR", "D /var/log/zk.log by yyyy-MM-dd", "org.apache.zookeeper.audit TRACE"]);
    expect(text).toContain("<fileNamePattern>/var/log/zk.log.%d{yyyy-MM-dd}</fileNamePattern>");
    expect(text).toContain("<level>DEBUG</level>");
    expect(text).toContain('<logger name="org.apache.zookeeper.audit" level="TRACE" additivity="false">');
  });
});
