// The example that the demo's ensemble holds: `/test` and `/test/child1` … `/test/child199`, each with the data `zoo`.
import { connectClient } from "../zookeeper-client.ts";

export const examplePaths: readonly string[] = [
  "/test",
  ...Array.from({ length: 199 }, (_, index) => `/test/child${index + 1}`),
];
const exampleData = "zoo";

/** Makes the example through any server. */
export const createExample = async (connectString: string): Promise<void> => {
  const client = await connectClient(connectString);
  try {
    for (const path of examplePaths) await client.create(path, exampleData, "persistent");
  } finally {
    await client.close();
  }
};

/** Paths of the example that one server (`address:port`) lacks or holds with other data. */
export const missingOn = async (server: string): Promise<readonly string[]> => {
  const client = await connectClient(server);
  try {
    await client.sync("/");
    const found = await Promise.all(examplePaths.map((path) => client.read(path)));
    return examplePaths.filter((_, index) => found[index]?.data !== exampleData);
  } finally {
    await client.close();
  }
};
