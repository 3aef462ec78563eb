/** An RSA key pair in PEM: PKCS #8 and SubjectPublicKeyInfo. */
export interface KeyPair {
  privateKey: string;
  publicKey: string;
}

/** Keeps the key pair of this root, so that tokens outlive a restart. */
export interface SigningKeys {
  find(): Promise<KeyPair | undefined>;
  /** Stores it unless there is one, and answers the one that is stored then. */
  storeFirst(pair: KeyPair): Promise<KeyPair>;
}
