/** The key that a secret stands for: what follows `whsec_` is base64; any other text is used as it is. */
export function keyOfSecret(secret: string): Buffer {
  const encoded = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(secret)?.[1];
  if (encoded !== undefined) {
    const key = Buffer.from(encoded, 'base64');
    // Padding or none, but nothing that decodes to other bytes than it says.
    if (key.toString('base64').replace(/=+$/, '') === encoded.replace(/=+$/, '')) {
      return key;
    }
  }
  return Buffer.from(secret);
}
