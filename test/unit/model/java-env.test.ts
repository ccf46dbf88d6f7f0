// zkshift's part of java.env, run by a real shell as zkEnv.sh runs it, and the lines of a diff.
import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { diffLines } from "../../../src/model/config-diff.ts";
import { wantedFlagsIn, withWantedFlags } from "../../../src/model/java-env.ts";

const flagsByShell = (text: string | null): string =>
  execFileSync("sh", ["-c", `${text}\nprintf '%s' "$SERVER_JVMFLAGS"`], { encoding: "utf8" });

describe("zkshift's part of java.env", () => {
  it("comes after what is there, so that its flags win", () => {
    const text = withWantedFlags('# ours\nSERVER_JVMFLAGS="-Xmx1g -Da=b"', ["-Xmx2g", "-XX:+UseG1GC"]);
    expect(flagsByShell(text)).toBe("-Xmx1g -Da=b -Xmx2g -XX:+UseG1GC");
    expect(withWantedFlags(text, [])).toBe('# ours\nSERVER_JVMFLAGS="-Xmx1g -Da=b"');
  });

  it("may be the whole file, which goes with it", () => {
    const text = withWantedFlags(null, ["-Xmx2g"]);
    expect(flagsByShell(text)).toBe(" -Xmx2g");
    expect(withWantedFlags(text, [])).toBeNull();
    expect(withWantedFlags(`${text}# theirs\n`, [])).toBe("# theirs\n");
  });

  it("is not there in a file of others", () => {
    expect(wantedFlagsIn('SERVER_JVMFLAGS="-Xmx1g"\n')).toEqual([]);
    expect(wantedFlagsIn(null)).toEqual([]);
  });
});

describe("a diff", () => {
  it("names flags that come and go, and hides secrets", () => {
    const changes = [
      { key: "maxClientCnxns", from: "60", to: "100" },
      { key: "ssl.keyStore.password", from: "old", to: "new" },
      { key: "gone", from: "1", to: null },
    ];
    expect(diffLines(changes, { from: ["-Xmx1g", "-Da=b"], to: ["-Xmx2g", "-Da=b"] })).toEqual([
      "- maxClientCnxns=60",
      "+ maxClientCnxns=100",
      "- ssl.keyStore.password=…",
      "+ ssl.keyStore.password=…",
      "- gone=1",
      "- java.env: -Xmx1g",
      "+ java.env: -Xmx2g",
    ]);
    expect(diffLines([], { from: ["-Da", "-Db"], to: ["-Db", "-Da"] })).toHaveLength(4);
  });
});
