"""The Bot API's own names (as of 10.3), sorted by what they mean for a conversation."""


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split())


UNUSED_UPDATES = frozenset(
    _names("""
    channel_post edited_channel_post business_connection business_message edited_business_message
    deleted_business_messages guest_message message_reaction_count inline_query chosen_inline_result shipping_query
    pre_checkout_query purchased_paid_media poll poll_answer chat_member chat_join_request chat_boost
    removed_chat_boost managed_bot subscription stopped_message_generation
    """)
)
"""Updates we do not ask for and ignore when they come."""

MEDIA = _names("""
    animation voice video video_note audio sticker document dice poll story game paid_media live_photo checklist
    giveaway invoice rich_message
""")
"""What a message can hold beside text. An animation comes as a document too, for old clients: the first found wins."""

SERVICE = frozenset(
    _names("""
    new_chat_members new_chat_participant new_chat_member left_chat_member left_chat_participant chat_owner_left
    chat_owner_changed new_chat_title new_chat_photo delete_chat_photo group_chat_created supergroup_chat_created
    channel_chat_created message_auto_delete_timer_changed migrate_to_chat_id migrate_from_chat_id pinned_message
    successful_payment refunded_payment user_shared users_shared chat_shared gift unique_gift gift_upgrade_sent
    connected_website write_access_allowed passport_data proximity_alert_triggered boost_added chat_background_set
    checklist_tasks_done checklist_tasks_added direct_message_price_changed forum_topic_created forum_topic_edited
    forum_topic_closed forum_topic_reopened general_forum_topic_hidden general_forum_topic_unhidden giveaway_created
    giveaway_winners giveaway_completed managed_bot_created paid_message_price_changed poll_option_added
    poll_option_deleted suggested_post_approved suggested_post_approval_failed suggested_post_declined
    suggested_post_paid suggested_post_refunded video_chat_scheduled video_chat_started video_chat_ended
    video_chat_participants_invited community_chat_added community_chat_removed community_chat_joined
    """)
)
"""What a client or Telegram reports in the shape of a message; nobody is waiting for an answer."""

ENVELOPE = frozenset(
    _names("""
    from chat sender_chat sender_business_bot direct_messages_topic forward_origin forward_from forward_from_chat
    reply_to_message external_reply quote reply_to_story via_bot guest_bot_caller_user guest_bot_caller_chat
    entities link_preview_options suggested_post_info caption_entities reply_markup receiver_user
    """)
)
"""Objects and lists of a message that are about it, not in it."""
