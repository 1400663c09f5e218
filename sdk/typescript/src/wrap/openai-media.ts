/** OpenAI's images and audio. */

import type { Fields } from "../events.js";
import type { Operation, StreamReader } from "./core.js";
import { get, told } from "./reading.js";

function read(response: unknown): Fields {
  return { model: get(response, "model"), raw_usage: told(get(response, "usage")) };
}

/** Images and transcripts as they are made: the event that ends them carries the usage. */
class EndedStream implements StreamReader {
  hasAnswer = false;
  #usage: Fields | undefined;

  see(chunk: unknown): boolean {
    const kind = get(chunk, "type");
    if (typeof kind === "string" && (kind.endsWith(".partial_image") || kind.endsWith(".delta")))
      this.hasAnswer = true;
    this.#usage = told(get(chunk, "usage")) ?? this.#usage;
    return false;
  }

  fields(): Fields {
    return { raw_usage: this.#usage };
  }
}

const stream = (): StreamReader => new EndedStream();
const image = (api: string): Operation => ({ api, operation: "image_generation", read, stream });

export const IMAGES = {
  generate: image("images.generate"),
  edit: image("images.edit"),
  variations: image("images.create_variation"),
};

/** A transcription whose answer is text, and not JSON, tells no usage. */
export const TRANSCRIPTION: Operation = {
  api: "audio.transcriptions",
  operation: "transcription",
  read,
  stream,
};
export const TRANSLATION: Operation = { ...TRANSCRIPTION, api: "audio.translations" };

/** What was said is charged by the characters of its text, or of nobody's telling. */
export const SPEECH: Operation = { api: "audio.speech", operation: "speech", read: () => ({}) };

/** What the request tells of what is charged. */
export function spoken(operation: Operation | undefined, body: unknown): Fields {
  const input = get(body, "input");
  if (operation !== SPEECH || typeof input !== "string") return {};
  return { raw_usage: { input_characters: Array.from(input).length } };
}
