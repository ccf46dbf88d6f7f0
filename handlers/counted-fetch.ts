// Slack's client makes its calls through this, so that each is counted with its method and how it ended.

/** `error`: Slack's error code, `http_500` or `no_answer`; null when the call went well. */
export type CountCall = (method: string, error: string | null) => void;

const METHOD = /\/api\/([a-zA-Z]+(?:\.[a-zA-Z0-9]+)+)/;

const errorIn = async (response: Response): Promise<string | null> => {
  if (!response.ok) return `http_${response.status}`;
  try {
    const answer: unknown = await response.clone().json();
    const refused =
      typeof answer === "object" && answer !== null && "error" in answer && "ok" in answer && answer.ok === false;
    return refused && typeof answer.error === "string" ? answer.error : null;
  } catch {
    return "unreadable";
  }
};

export const countedFetch =
  (count: CountCall): typeof fetch =>
  async (input, init) => {
    const address = typeof input === "string" ? input : input instanceof URL ? input.href : input.url;
    const method = METHOD.exec(address)?.[1];
    // Uploads and response addresses are not methods: their names would be without end.
    if (method === undefined) return fetch(input, init);
    try {
      const response = await fetch(input, init);
      count(method, await errorIn(response));
      return response;
    } catch (error) {
      count(method, "no_answer");
      throw error;
    }
  };
