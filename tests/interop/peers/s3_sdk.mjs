// npm @aws-sdk/client-s3 with @aws-sdk/s3-request-presigner. What is asked and answered: s3_boto3.py says;
// with `stream`, the body to put is one.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { Readable } from "node:stream";
import {
  GetObjectCommand, HeadObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client,
} from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { exchange } from "./sending.mjs";

const { endpoint, id, secret, token, region, bucket, calls, objects } = JSON.parse(readFileSync(0, "utf8"));
const { version } = createRequire(import.meta.url)("@aws-sdk/client-s3/package.json");
const credentials = { accessKeyId: id, secretAccessKey: secret, ...(token && { sessionToken: token }) };

const outcome = async (call) => {
  try {
    return await call();
  } catch (error) {
    if (error.$metadata?.httpStatusCode === undefined) throw error;
    return { refused: error.$metadata.httpStatusCode };
  }
};
const text = (bytes) => Buffer.from(bytes).toString("base64");
const plain = async (method, url, body) => {
  // Not by `fetch`, which takes dot segments out of paths.
  const headers = body ? { "content-length": body.length } : {};
  const answer = await exchange(endpoint, { method, path: url.slice(endpoint.length), headers }, body);
  if (answer.status !== 200) return { refused: answer.status };
  return body ? answer.status : text(answer.bytes);
};

async function one({ key, body, options, stream }) {
  const s3 = new S3Client({ endpoint, region, credentials, forcePathStyle: true, maxAttempts: 1, ...options });
  const bytes = Buffer.from(body, "base64");
  const where = { Bucket: bucket, Key: key };
  const again = { Bucket: bucket, Key: `${key}.again` };
  const Body = stream ? Readable.from([bytes.subarray(0, 70_000), bytes.subarray(70_000)]) : bytes;
  const colour = { Metadata: { colour: "blue green" } };
  const put = new PutObjectCommand({ ...where, Body, ContentLength: bytes.length, ...colour });
  const ways = {
    put: () => outcome(async () => (await s3.send(put)).$metadata.httpStatusCode),
    get: () => outcome(async () =>
      text(await (await s3.send(new GetObjectCommand(where))).Body.transformToByteArray())),
    head: () => outcome(async () => (await s3.send(new HeadObjectCommand(where))).ContentLength),
    presigned_put: async () =>
      plain("PUT", await getSignedUrl(s3, new PutObjectCommand(again), { expiresIn: 60 }), bytes),
    presigned_get: async () => plain("GET", await getSignedUrl(s3, new GetObjectCommand(again), { expiresIn: 60 })),
    listed: () => outcome(async () => {
      const list = new ListObjectsV2Command({ Bucket: bucket, Prefix: key, Delimiter: "/" });
      return (await s3.send(list)).$metadata.httpStatusCode;
    }),
  };
  const answer = {};
  for (const call of calls) answer[call] = await ways[call]();
  s3.destroy();
  return answer;
}

// What is refused is in the answer.
console.warn = () => {};
const answers = [];
for (const object of objects) answers.push(await one(object));
process.stdout.write(JSON.stringify({ version, answers }));
