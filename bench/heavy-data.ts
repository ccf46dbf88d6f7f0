// Data enough that ZooKeeper needs seconds to bring a new server up to date.
import { connectClient } from "../sandbox/zookeeper-client.ts";

const ZNODES = 100_000;
const BYTES = 1_000;
const FOLDERS = 100;
/** Requests sent without waiting for each other. */
const BATCH = 500;

/** About 100 MB: 100 000 znodes of 1 000 bytes each, 1 000 to a parent. */
export const createHeavyData = async (connectString: string): Promise<void> => {
  const client = await connectClient(connectString, { requestTimeoutMs: 30_000 });
  try {
    await client.create("/heavy", "", "persistent");
    for (let folder = 0; folder < FOLDERS; folder++) await client.create(`/heavy/${folder}`, "", "persistent");
    // All alike would be compressed by whatever can; ZooKeeper itself does not.
    const data = "znode".repeat(BYTES / 5);
    for (let from = 0; from < ZNODES; from += BATCH) {
      await Promise.all(
        Array.from({ length: BATCH }, (_, index) =>
          client.create(`/heavy/${(from + index) % FOLDERS}/${from + index}`, data, "persistent"),
        ),
      );
    }
  } finally {
    await client.close();
  }
};
