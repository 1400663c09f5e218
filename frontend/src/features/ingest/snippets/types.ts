/** Where calls are sent, and the key they are sent with. */
export type Place = { origin: string; apiKey: string };

/** One way to send calls: a vendor's client in a language, a framework, an exporter. */
export type Recipe = {
  value: string;
  label: string;
  /** What to install first, as a command. */
  install?: string;
  /** The program, whole: paste it and it runs. */
  code: (place: Place) => string;
};
