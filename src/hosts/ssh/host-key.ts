// Says why a host's key is not accepted, and what a person does about it. Nothing is ever accepted at first sight.
import { OpsError } from "../../errors.ts";
import { fingerprintOf, keyTypeOf, nameInKnownHosts, type Verdict } from "./known-hosts.ts";

type Shown = {
  /** The host's name in the inventory. */
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly key: Buffer;
  /** Files that were read; the first is where a person adds a key. */
  readonly files: readonly string[];
};

const refused = (code: string, what: string, next: string): OpsError =>
  new OpsError("refused", { what, next }, { code });

/** The refusal for a key that was not accepted; null for one that was. Codes `HOST_KEY_UNKNOWN`, `_CHANGED`, `_REVOKED`, `_CERTIFIED`. */
export const hostKeyRefusal = (verdict: Verdict, shown: Shown): OpsError | null => {
  const { name, address, port, key, files } = shown;
  const [file = "~/.ssh/known_hosts"] = files;
  const at = nameInKnownHosts(address, port);
  const is = `${keyTypeOf(key)} ${fingerprintOf(key)}`;
  const scan = `ssh-keyscan ${port === 22 ? "" : `-p ${port} `}${address} >>${file}`;
  const compare =
    "compare the fingerprint with what `ssh-keygen -lf /etc/ssh/ssh_host_…_key.pub` says on the host itself";
  switch (verdict.kind) {
    case "known":
      return null;
    case "unknown":
      return refused(
        "HOST_KEY_UNKNOWN",
        `${name}: nobody has vouched for the host key of ${at} (${is}).`,
        `On the worker, as its user: \`${scan}\`; then ${compare}, and Retry.`,
      );
    case "changed": {
      const known = verdict.known.map((entry) => `${entry.keyType} ${fingerprintOf(entry.key)} (${entry.at})`);
      return refused(
        "HOST_KEY_CHANGED",
        `${name}: the host key of ${at} is not the one that is known. It shows ${is}; known is ${known.join(", ")}. The host was set up anew, or somebody stands in between.`,
        `Ask who looks after the host. If it was set up anew, ${compare}, then on the worker \`ssh-keygen -R '${at}' -f ${file}\`, \`${scan}\`, and Retry.`,
      );
    }
    case "revoked":
      return refused(
        "HOST_KEY_REVOKED",
        `${name}: the host key of ${at} (${is}) is revoked in ${verdict.by.at}.`,
        "Give the host a new key and add that to known_hosts, then Retry. Leave the @revoked line unless you know why it is there.",
      );
    case "only-by-authority":
      return refused(
        "HOST_KEY_CERTIFIED",
        `${name}: ${verdict.by.at} vouches for ${at} only by a certificate authority, and zkshift reads no host certificates. The host shows ${is}.`,
        `On the worker add its plain key: \`${scan}\`; ${compare}, then Retry.`,
      );
  }
};
