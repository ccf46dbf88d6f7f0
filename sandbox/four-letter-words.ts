// ZooKeeper's four-letter words, asked without any of the app's own code: the sandbox is also the app's judge.
import { connect } from "node:net";

/** The server's answer to `word`; null when it does not answer within `timeoutMs`. */
export const askServer = (address: string, port: number, word: string, timeoutMs = 2_000): Promise<string | null> =>
  new Promise((resolve) => {
    let answer = "";
    const socket = connect({ host: address, port });
    const end = (result: string | null) => {
      socket.destroy();
      resolve(result);
    };
    socket.setEncoding("utf8");
    socket.setTimeout(timeoutMs, () => end(null));
    socket.on("connect", () => socket.write(word));
    socket.on("data", (text: string) => {
      answer += text;
    });
    socket.on("end", () => end(answer === "" ? null : answer));
    socket.on("error", () => end(null));
  });

type Mode = "leader" | "follower" | "observer" | "standalone";

export type ServerSeen = { readonly mode: Mode; readonly release: string; readonly zxid: string };

/** What the server says of itself; null when it does not serve. */
export const observeServer = async (address: string, port: number): Promise<ServerSeen | null> =>
  parseSrvr((await askServer(address, port, "srvr")) ?? "");

/** Reads the answer to `srvr`; null when it is not that of a serving server. */
export const parseSrvr = (answer: string): ServerSeen | null => {
  const mode = /^Mode: (leader|follower|observer|standalone)$/m.exec(answer)?.[1] as Mode | undefined;
  const release = /^Zookeeper version: (\d+\.\d+\.\d+)/m.exec(answer)?.[1];
  const zxid = /^Zxid: (0x[0-9a-f]+)$/m.exec(answer)?.[1];
  return mode === undefined || release === undefined || zxid === undefined ? null : { mode, release, zxid };
};
