/** What binds a login to a certificate. The certificates are OpenSSL's, the hashes those of `openssl dgst` on them. */

import { assertEquals } from "@std/assert";
import { serverEndPoint } from "../../../session/transport/end_point.ts";

/** A signature, a certificate in base64, and its binding in hexadecimal. */
const CASES: ReadonlyArray<readonly [string, string, string | undefined]> = [
  [
    "RSA with MD5: SHA-256",
    "MIIB9DCCAV2gAwIBAgIUWZO981sTno10HQG8OHZYaJSQbjYwDQYJKoZIhvcNAQEEBQAwDDEKMAgGA1UEAwwBYTAeFw0yNjExMjIy" +
    "MjQwMDNaFw0zNjExMTkyMjQwMDNaMAwxCjAIBgNVBAMMAWEwgZ8wDQYJKoZIhvcNAQEBBQADgY0AMIGJAoGBALHOTBFQJrOsyFIf" +
    "BHmR6YI3EcyVlKG3TjzZUQFEAQ57POKCQmbIS1+IXUPI1qlkjpArHtTxEEG5IAjwEdK5o98CGnec+wXUtInXISNwwPNp9+iw+Gne" +
    "GIU10/U8kTb8R0W7YIM9FMkNH20XFl9XOme2QP7Oz3Y/lz47xsr2/y6JAgMBAAGjUzBRMB0GA1UdDgQWBBT1PAtncmWr3JTOzcRE" +
    "CURpWO8q2zAfBgNVHSMEGDAWgBT1PAtncmWr3JTOzcRECURpWO8q2zAPBgNVHRMBAf8EBTADAQH/MA0GCSqGSIb3DQEBBAUAA4GB" +
    "AAmHLC9W9hszaqdSMtkYbze/sQmWUJZx2w309QF6BQANt2kOp/dJ8mc9r3hsCFZ0WZchg/jfdXDmXLViYBBSXeivsvE9euZrVpfH" +
    "tS2hedL6gqkJnMX6d3BjDidtyYO3JBhVNecbVDAmbVXPUxLXpxTRwiRVrI4EA2OXwbicv1R2",
    "776977c197f4ede87ec49a2f3bbd81af568b3bbefcf3aa90e092f7c51edfc63c",
  ],
  [
    "RSA with SHA-1: SHA-256",
    "MIIB9DCCAV2gAwIBAgIUHeyZAoHtQog8TG/dPfL9aX/+KxwwDQYJKoZIhvcNAQEFBQAwDDEKMAgGA1UEAwwBYTAeFw0yNjExMjIy" +
    "MjQwMDNaFw0zNjExMTkyMjQwMDNaMAwxCjAIBgNVBAMMAWEwgZ8wDQYJKoZIhvcNAQEBBQADgY0AMIGJAoGBAMKKPvQQEPCiz8Ll" +
    "w850wKtIT7wS6C3VgA8gXcNnGMoF2EEqiuNZgRP0Thux+PJ7bgGEBwe+5hvUsiQR7Iv7XYBW1ZrLtCiv/pVwLIMiJkIVn67ON/J+" +
    "umMHgBFH7h9LAOZdINPqiq2fJbQ9m1Lb201FubhcQ94ggbK5+FV0FBg3AgMBAAGjUzBRMB0GA1UdDgQWBBRRewy1DhbxTrRREqVv" +
    "DE7a8gYKTTAfBgNVHSMEGDAWgBRRewy1DhbxTrRREqVvDE7a8gYKTTAPBgNVHRMBAf8EBTADAQH/MA0GCSqGSIb3DQEBBQUAA4GB" +
    "ABHHQvw8tltGyHy1DeOnE3Jk4I2U8zK1RQH0EDcdcBnpCm6hnS/ApMJkyJW38/NC0k93aMBmo2r1ZkYAQ77Pfd71DE6/hnasEXEq" +
    "8rcrMjt6qqWQKMc8mjOuAhqYvkryzUmHSlUGzRbKlgcPJ1ry0xbWbZ1dluaWrIamU4GL0Z+7",
    "922e259903bbbc5708e94fbc24fcde89c2270632ebaf7a3fc3f12243427b367c",
  ],
  [
    "RSA with SHA-512",
    "MIIB9DCCAV2gAwIBAgIUNxaI8HYc5MupQJ651xJCrMpF8wkwDQYJKoZIhvcNAQENBQAwDDEKMAgGA1UEAwwBYTAeFw0yNjExMjIy" +
    "MjQwMDNaFw0zNjExMTkyMjQwMDNaMAwxCjAIBgNVBAMMAWEwgZ8wDQYJKoZIhvcNAQEBBQADgY0AMIGJAoGBAMrdO40+bJjR4nb4" +
    "j/bME6fcqOj2jTA7PTOzY2QZkjcb68hMdEDUtOCWhTv91Lvl2qkrjzgk9RnEuyuZT9BTmFvlQOHTQXTgv5bPj+ucH2trYqQvVIuW" +
    "xilK81l52sqox/aYuK29h05aMf1h9jhj11ZD9XZrg9sTrmTn1LsIHJ8PAgMBAAGjUzBRMB0GA1UdDgQWBBRfROrDCpieTBbE0WrD" +
    "razmeMM8OzAfBgNVHSMEGDAWgBRfROrDCpieTBbE0WrDrazmeMM8OzAPBgNVHRMBAf8EBTADAQH/MA0GCSqGSIb3DQEBDQUAA4GB" +
    "AIiVGTLRv8MwwSOKmbIXHbE1lJphxik6wus9OykWbbT8wSO6pcqAkwmfdviZOncX9tNwSRv5AQZx0lQS2JyZF6K5y9vzUeAMkrqW" +
    "ORyuuVNh8XycxlGL58ecdGQpQMxuUMB2M1wN0fcdKPgiJQq9ZZod9VIcJcNWepIi15E7WKB6",
    "4e3ee3b656dc54bdada9629d17785ec632882d980bb6eae8c2a56029da239504bfcb5826300f05c5f3f56d17a19299bba30356cc23be78a2e56a5d3eec1d8a6a",
  ],
  [
    "ECDSA with SHA-384",
    "MIIBbTCCAROgAwIBAgIUPRnTw4hwOkVN1XoNRLqJOFPbz4owCgYIKoZIzj0EAwMwDDEKMAgGA1UEAwwBYTAeFw0yNjExMjIyMjQw" +
    "MDNaFw0zNjExMTkyMjQwMDNaMAwxCjAIBgNVBAMMAWEwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAR2pOW6ihWOex8lg9Pk3QjU" +
    "XiZNenuckXDBCfNmRa9bvxlfWZypOIEtMixzmJGfHPwN/E4lKBJH9Ziq2xU+ewjVo1MwUTAdBgNVHQ4EFgQU5/UDTk83n4tK/Vtl" +
    "5TTPJmwrm8QwHwYDVR0jBBgwFoAU5/UDTk83n4tK/Vtl5TTPJmwrm8QwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAwNIADBF" +
    "AiEA9OnnYOaqQkPuA4IcssGJ7ba50YC2bbzPc8ABqUQGBfQCIGK9ngz11i32xjwAtcUpn1bgkJFNM1Hc7sb4A2UVHvzY",
    "1eb59b9396a38cdf3fc007524fc99ac0a6996075db821a5f82cce0e19c2144003bcf62c634d62900737cbd800f53f5c1",
  ],
  [
    "RSASSA-PSS with SHA-384",
    "MIICXDCCAZGgAwIBAgIUUt39iCLATJ5HxftS+Ync17O/r2YwQQYJKoZIhvcNAQEKMDSgDzANBglghkgBZQMEAgIFAKEcMBoGCSqG" +
    "SIb3DQEBCDANBglghkgBZQMEAgIFAKIDAgFOMAwxCjAIBgNVBAMMAWEwHhcNMjYxMTIyMjI0MDAzWhcNMzYxMTE5MjI0MDAzWjAM" +
    "MQowCAYDVQQDDAFhMIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDYmkggX1VzXOWR7RWXG9n1lbd+OujYTX+KyetKowDu0eKC" +
    "mOsceRp7NB/uIv86PE+cDr4+tcfaJRfg0rvg75+qLJrK/33nQdCKiEQ44GPXk/vmLBKHxQHrJBV9WSeJIBnh9rsf+DJJVP4eQKMi" +
    "hGNyy73MRfkaX9io7KV3Q+dA6wIDAQABo1MwUTAdBgNVHQ4EFgQU55ZVT7HpGLrFPTtIAoAmIf7RfCkwHwYDVR0jBBgwFoAU55ZV" +
    "T7HpGLrFPTtIAoAmIf7RfCkwDwYDVR0TAQH/BAUwAwEB/zBBBgkqhkiG9w0BAQowNKAPMA0GCWCGSAFlAwQCAgUAoRwwGgYJKoZI" +
    "hvcNAQEIMA0GCWCGSAFlAwQCAgUAogMCAU4DgYEAWiOdSezpT46M5ojNWSLaY725MVPew8bhwQn3Y77RmbfpyEf7CK8oGtUK+RhU" +
    "Kg2kTR3hMTR3rT/t/qwmKlMCpCfrdKudBJuAvBV/HE/kAZTiGiuywFUfvRGpPy2Ya9/h2eU9f2779Bqa/lmI3uuaueUH9aq/VA2B" +
    "Hd/9XavX18Q=",
    "4d5eabd4a21bc6ad0f3b71907617bdd6a9ed61512acb50ffc1b5f1769e33aa11fbc02188f38b11e837314c6746028b36",
  ],
  [
    "RSASSA-PSS with its default, SHA-1: SHA-256",
    "MIIB/jCCAWKgAwIBAgIUP8Sn0y+eL64O/fHYvEgJ+2aIGRgwEgYJKoZIhvcNAQEKMAWiAwIBajAMMQowCAYDVQQDDAFhMB4XDTI2" +
    "MTEyMjIyNDAwM1oXDTM2MTExOTIyNDAwM1owDDEKMAgGA1UEAwwBYTCBnzANBgkqhkiG9w0BAQEFAAOBjQAwgYkCgYEA0Z6e8V/p" +
    "RvGsRZwrZDDDiagfKokOyIfg+myl4D5fHHJ0903Mlwfxf2juTmWn/gzzrd/onfCIpSaYCOrzoe3jcZBDb8xqteoQ82YsP3PfW16s" +
    "F0bZBnImStCPTlmZ+QBzv5o4PYAYQiso/eOFiLQp/qVS/6zvMf6p/MniQ/kZSs8CAwEAAaNTMFEwHQYDVR0OBBYEFOOvUNRdr7bC" +
    "Dk+jgymozcjaJ1gNMB8GA1UdIwQYMBaAFOOvUNRdr7bCDk+jgymozcjaJ1gNMA8GA1UdEwEB/wQFMAMBAf8wEgYJKoZIhvcNAQEK" +
    "MAWiAwIBagOBgQBVU1m2P51TO13TlPPLTZaWJrIn9E+RkWOFOCt1/hInnPTh55nl50yYCgf+vd15rsCW4K4VO2r/TgIHN+PMe9Ol" +
    "lAoGBIQxbtOa3LZO1ssGhaXJS4dS74zrVEKB43pwgtKqlEvfKt1xdkXeG1/hjiE40aozBaqr82Ffg6foGr9Nmw==",
    "853edc36ea956f94cc4b4bbf17de9994daa48a908e9d31126f2f2c854d59d72a",
  ],
  [
    "Ed25519",
    "MIIBLDCB36ADAgECAhQJsCkusiEA+57sdrekoB6AUosHbTAFBgMrZXAwDDEKMAgGA1UEAwwBYTAeFw0yNjExMjIyMjQwMDNaFw0z" +
    "NjExMTkyMjQwMDNaMAwxCjAIBgNVBAMMAWEwKjAFBgMrZXADIQAxcSnmaPyBUOognqpTrxwg4tZPQGrgUABALczASE/4R6NTMFEw" +
    "HQYDVR0OBBYEFH2ZVdkQ9VO8Lnm7HsAVyFV+l1cPMB8GA1UdIwQYMBaAFH2ZVdkQ9VO8Lnm7HsAVyFV+l1cPMA8GA1UdEwEB/wQF" +
    "MAMBAf8wBQYDK2VwA0EAASSdet5VADSd9R0GdIkIs1XUOmamDwuUV4taEVFf33ZDBnt5sxAkiH2hACyvM3KdonYnmEPkkgT25Cs7" +
    "/eagAw==",
    undefined,
  ],
];

for (const [signature, certificate, binding] of CASES) {
  Deno.test(`serverEndPoint() of a certificate signed by ${signature} (RFC 5929 4.1)`, () => {
    assertEquals(serverEndPoint(Uint8Array.fromBase64(certificate))?.toHex(), binding);
  });
}

Deno.test("serverEndPoint() of a certificate that is cut off, or is none, is null (RFC 5929 4.1)", () => {
  const whole = Uint8Array.fromBase64(CASES[0][1]);
  for (let length = 0; length < whole.length; length++) {
    assertEquals(serverEndPoint(whole.subarray(0, length)), null);
  }
  assertEquals(serverEndPoint(Uint8Array.of(0x30, 0x84, 0xff, 0xff, 0xff, 0xff)), null);
  assertEquals(serverEndPoint(new Uint8Array(1000).fill(0x30)), null);
});
