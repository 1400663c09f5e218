export function Mark({ className = "size-7" }: { className?: string }) {
  return (
    <svg aria-hidden="true" viewBox="0 0 32 32" className={className}>
      <rect width="32" height="32" rx="7" fill="#0d5c50" />
      <path d="M8 20V13M16 20V7M24 20V16" stroke="#f2efe6" strokeWidth="4" />
      <path d="M6 23.5h20M6 26.5h20" stroke="#e9b872" strokeWidth="1.5" />
    </svg>
  );
}

export function Wordmark() {
  return (
    <span className="inline-flex items-center gap-2.5">
      <Mark />
      <span className="text-[1.05rem] font-semibold tracking-tight">TokenBoard</span>
    </span>
  );
}
