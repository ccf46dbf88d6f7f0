// Which keys of configuration files and JVM flags name a secret, by their last word. Their values are never shown.

const SECRET_WORDS = "digest|passw(?:or)?d|passphrase|secret|credentials?|token";
const SECRET_KEY = new RegExp(`(?:${SECRET_WORDS})$`, "i");

/** `ssl.keyStore.password` is one, `ssl.keyStore.passwordPath` is not. */
export const namesSecret = (key: string): boolean => SECRET_KEY.test(key);

/** Finds `key=value` in a shell fragment where the key names a secret; the first group is the key. */
export const SECRET_ASSIGNMENT = new RegExp(`([\\w.-]*(?:${SECRET_WORDS}))=("[^"\\n]*"|'[^'\\n]*'|[^\\s"']+)`, "gi");
