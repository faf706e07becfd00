// Sending with Node's own client, which leaves a target as it is.
import { request } from "node:http";

export function send(endpoint, options, body) {
  const { hostname, port } = new URL(endpoint);
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, ...options }, (answer) => {
      const pieces = [];
      answer.on("data", (piece) => pieces.push(piece));
      answer.on("error", reject);
      answer.on("end", () => resolve({ status: answer.statusCode, body: Buffer.concat(pieces).toString() }));
    });
    sent.on("error", reject);
    // Where no length was said, Node sends chunks.
    if (body.length) sent.write(body);
    sent.end();
  });
}
