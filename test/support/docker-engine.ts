// The Docker engine that tests may use, as who runs them says it. Without one its tests are skipped, and their names say what to do.

export type TestEngine = {
  /** unix:///… or tcp://host:port. */
  readonly url: string;
  /** Folder of ca.pem, cert.pem and key.pem; null: an engine without TLS. */
  readonly certs: string | null;
};

const { ZKSHIFT_TEST_DOCKER: url = "", ZKSHIFT_TEST_DOCKER_CERTS: certs = "" } = process.env;

export const testEngine: TestEngine | null = url === "" ? null : { url, certs: certs === "" ? null : certs };

/** Name of a suite that needs the engine. */
export const onEngine = (what: string): string =>
  testEngine === null
    ? `${what}: skipped without a Docker engine (ZKSHIFT_TEST_DOCKER=unix:///…/docker.sock; docs/docker.md makes one)`
    : `${what} on ${testEngine.url}${testEngine.certs === null ? "" : " with TLS"}`;

/** What stands before a command of the program docker. */
export const dockerArguments = ({ url: host, certs: folder }: TestEngine): readonly string[] => [
  ...["--host", host],
  ...(folder === null
    ? []
    : [
        "--tlsverify",
        ...["ca", "cert", "key"].flatMap((name) => [
          `--tls${name === "ca" ? "cacert" : name}`,
          `${folder}/${name}.pem`,
        ]),
      ]),
];
