"""One small file a provider, each behind `base.UsageSource`; a vendor's shapes stay inside."""
