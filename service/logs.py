"""Where the service writes what it does: its log, and the audit, in the folder or where the settings say."""

from config.loading import Settings, SettingsError
from config.logs import set_up_audit, set_up_logging
from store.folder import DataFolder


def set_up_logs(settings: Settings, folder: DataFolder) -> None:
    try:
        set_up_logging(settings.log)
    except OSError as error:
        raise SettingsError([f"log.file: {settings.log.file} cannot be written: {error.strerror}"]) from None
    set_up_audit_of(settings, folder)


def set_up_audit_of(settings: Settings, folder: DataFolder) -> None:
    file = settings.log.audit_file or folder.audit_log
    try:
        set_up_audit(file)
    except OSError as error:
        raise SettingsError([f"log.audit_file: {file} cannot be written: {error.strerror}"]) from None
