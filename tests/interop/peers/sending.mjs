// Sending with Node's own client, which leaves a target as it is.
import { request } from "node:http";

// The status and the bytes that came back.
export function exchange(endpoint, options, body) {
  const { hostname, port } = new URL(endpoint);
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, ...options }, (answer) => {
      const pieces = [];
      answer.on("data", (piece) => pieces.push(piece));
      answer.on("error", reject);
      answer.on("end", () => resolve({ status: answer.statusCode, bytes: Buffer.concat(pieces) }));
    });
    sent.on("error", reject);
    // Where no length was said, Node sends chunks.
    if (body?.length) sent.write(body);
    sent.end();
  });
}

// The same, with the body as text.
export async function send(endpoint, options, body) {
  const { status, bytes } = await exchange(endpoint, options, body);
  return { status, body: bytes.toString() };
}
