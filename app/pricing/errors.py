from app.core.errors import AppError


class PriceRuleOverlaps(AppError):
    status, code, title = 409, "price_rule_overlaps", "Another rule holds at the same time"
